// How the test programs are built, for tests whose size depends on it. Sanitizers make a run many
// times slower: there a test over many gateways or many runs of the pack takes the sample that it
// names, and the optimised build takes everything.
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

namespace gatecrash::test {

inline constexpr bool kSanitized = GATECRASH_SANITIZED != 0;

}  // namespace gatecrash::test
