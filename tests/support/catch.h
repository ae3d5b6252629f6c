// Catch2 2 (Debian 12) and 3 (Ubuntu 24.04) behind one include.
#pragma once

#ifdef GATECRASH_CATCH3
#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators.hpp>
#else
#include <catch2/catch.hpp>
#endif
