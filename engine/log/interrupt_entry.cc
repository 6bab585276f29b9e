#include "log/interrupt_entry.h"

#include <algorithm>
#include <array>

namespace nfstriage::log {
namespace {

constexpr std::array<std::string_view, 7> kBeginnings{
    "asm_sysvec_", "asm_common_interrupt", "asm_exc_nmi", "el1_irq", "el1h_64_irq",
    "el1_fiq",     "ret_from_intr"};
constexpr std::array<std::string_view, 24> kNames{"apic_timer_interrupt",
                                                  "smp_apic_timer_interrupt",
                                                  "common_interrupt",
                                                  "__irq_svc",
                                                  "timer_interrupt",
                                                  "decrementer_common",
                                                  "decrementer_common_virt",
                                                  "replay_soft_interrupts",
                                                  "arch_local_irq_restore",
                                                  "hardware_interrupt_common",
                                                  "nmi",
                                                  "end_repeat_nmi",
                                                  "handle_exception",
                                                  "ret_from_exception",
                                                  "io_int_handler",
                                                  "ext_int_handler",
                                                  "do_irq",
                                                  "handle_irq",
                                                  "call_function_interrupt",
                                                  "reschedule_interrupt",
                                                  "do_interrupt",
                                                  "__soft_nmi_interrupt",
                                                  "soft_nmi_common",
                                                  "interrupt_return"};

}  // namespace

bool is_interrupt_entry(std::string_view function) {
    return std::find(kNames.begin(), kNames.end(), function) != kNames.end() ||
           std::any_of(kBeginnings.begin(), kBeginnings.end(),
                       [function](std::string_view begin) { return function.starts_with(begin); });
}

}  // namespace nfstriage::log
