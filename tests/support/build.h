// How the test programs are built, for tests whose size depends on it. Sanitizers make a run five
// times slower. There the CTests scenario/* run the whole pack once per gateway, and a test that
// runs the pack on many gateways, on both lanes or many times over takes a part of it. The
// optimised build takes everything.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define GATECRASH_SANITIZED 1
#endif
#endif
#if !defined(GATECRASH_SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define GATECRASH_SANITIZED 1
#endif
#if !defined(GATECRASH_SANITIZED)
#define GATECRASH_SANITIZED 0
#endif

// How much of the pack: 0 a part, 1 all of it, 2 all of it in tests that start processes for each
// scenario, too. The option GATECRASH_WHOLE_PACK, for nightly runs, sets 2.
#if !defined(GATECRASH_WHOLE_PACK)
#if GATECRASH_SANITIZED
#define GATECRASH_WHOLE_PACK 0
#else
#define GATECRASH_WHOLE_PACK 1
#endif
#endif

namespace gatecrash::test {

inline constexpr bool kSanitized = GATECRASH_SANITIZED != 0;
inline constexpr bool kWholePack = GATECRASH_WHOLE_PACK >= 1;
inline constexpr bool kNightly = GATECRASH_WHOLE_PACK >= 2;

// The scenarios that such a test runs (RE2 on ids, as --run takes it; empty: all): every class on
// one server, but for the loops with their thousands of steps, and half of the self-contained ones.
inline constexpr const char* kPackPart =
    kWholePack ? "" : "^[^l].*@binassist_(hardened|published)$|/[a-m][^@]*$";

// A smaller part, where each scenario is run several times over: some of each class.
inline constexpr const char* kPackSample =
    kWholePack ? "" : "^[^l][a-z]+/[a-d].*@binassist_(hardened|published)$";

}  // namespace gatecrash::test
