// The signature groups tickets: the same bug gives the same text on every host, with and without
// KASLR, from the dump and from its console log. Version 1:
//   v1:KIND:COMPONENT:F1>F2>F3
// F1..F3 are the first three distinct NFS-family functions of the crash report's stack from the
// top, without inlined, "?" and scanned frames and without compiler suffixes. A report that has
// none gives the first three functions that are not in the generic tables of facts/owner.cc, and
// the component none. In a soft or hard lockup, an RCU stall or a hung task the inner functions are
// a sample, so there the three outermost NFS-family functions are taken, outermost first. COMPONENT
// is that of F1. Where the crash report names no function at all (an interrupt hit an idle CPU),
// the first error's text is used. Nothing else goes in: no address, offset, pid, CPU or release,
// and nothing that only a dump shows.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/crash_kind.h"
#include "facts/scene.h"
#include "verdict/verdict.h"

namespace nfstriage::verdict {

// `frames`: the blamed context's, innermost first. "" when there is no function to go by.
std::string signature_text(CrashKind kind, std::span<const Frame> frames);

// First 16 hex digits of SHA-256(text).
std::string signature_id(std::string_view text);

// Of the scene's crash. Alternates: the text of the first error, and for lockups and stalls the
// texts with two and with one function. No value without a crash or without any function.
std::optional<Signature> signature_of(const facts::Scene& scene);

}  // namespace nfstriage::verdict
