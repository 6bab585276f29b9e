// Functions by which an interrupt enters the kernel, on all architectures whose reports are read:
// arch/*/kernel/entry*.S and entry-common.c. On a stack, the next frame was interrupted.
#pragma once

#include <string_view>

namespace nfstriage::log {

// `function`: without compiler suffix.
bool is_interrupt_entry(std::string_view function);

}  // namespace nfstriage::log
