// Sources of the texts: arch/x86/{mm/fault.c,kernel/traps.c,kernel/dumpstack.c}, arch/arm64/{mm/
// fault.c,kernel/traps.c}, arch/arm/{mm/fault.c,kernel/traps.c}, arch/riscv/{mm/fault.c,kernel/
// traps.c}, arch/powerpc/{mm/fault.c,kernel/traps.c}, arch/s390/{mm/fault.c,kernel/dumpstack.c},
// arch/mips/{mm/fault.c,kernel/traps.c}, arch/loongarch, arch/sh; kernel/{panic,watchdog,
// hung_task}.c, kernel/rcu/tree_stall.h, kernel/locking/lockdep.c, kernel/sched/core.c, lib/
// {refcount,list_debug,ubsan,debugobjects}.c, mm/{kasan,kfence,kmsan}/report.c, mm/{slub,
// page_alloc,oom_kill}.c.
#include "log/headline.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "log/scan.h"

namespace nfstriage::log {
namespace {

using enum CrashKind;

struct Row {
    const char* pattern;
    Role role;
    CrashKind kind;
    std::string_view needs = "";  // stands in whatever the pattern matches
};

// In order of precedence: a line that matches several rows is the first of them.
constexpr Row kRows[] = {
    // frames of a report
    {R"(^-+\[ cut here \]-)", Role::cut, none},
    {R"(-+\[ end trace )", Role::end, none},
    {R"(Kernel panic ?- ?not syncing)", Role::panic, panic},
    {R"(^Linux version \d)", Role::boot, none},
    {R"(^NMI backtrace for cpu \d+)", Role::nmi, none},
    {R"(^Sending NMI from CPU \d+ to CPUs)", Role::nmi, none},
    {R"(^Task dump for CPU \d+)", Role::nmi, none},

    // stacks that are no fault
    {R"(page allocation (?:failure|stalls))", Role::other, none},
    {R"(^(?:sysrq: )?(?:SysRq : )?Show (?:State|Blocked|backtrace|Regs|Memory|Locks))", Role::other,
     none},
    {R"(^(?:watchdog: )?WARN: soft lockup - CPU#\d+ stuck)", Role::other, none},
    {R"(\S+\[\d+\]: segfault at )", Role::other, not_kernel},
    {R"(traps: .*\[\d+\] (?:general protection|trap ))", Role::other, not_kernel},

    // sanitizers
    {R"(BUG: KASAN: )", Role::subject, kasan},
    {R"(BUG: KFENCE: )", Role::subject, kfence},
    {R"(BUG: KCSAN: )", Role::subject, kcsan},
    {R"(BUG: KMSAN: )", Role::subject, kmsan},
    {R"(\bUBSAN: )", Role::subject, ubsan},
    {R"(^CFI failure)", Role::subject, cfi},
    {R"(^ODEBUG: )", Role::subject, odebug},

    // lockups, stalls, hung tasks
    {R"(BUG: soft lockup ?- ?CPU ?#?\d)", Role::subject, soft_lockup},
    {R"(\[\.\.\.:\d+\]$)", Role::subject, soft_lockup},
    {R"((?i)(?:watchdog|sdei).* detected hard lockup on cpu)", Role::subject, hard_lockup},
    {R"(CPU \d+ (?:self-)?detected hard LOCKUP)", Role::subject, hard_lockup},
    {R"(\brcu\w* (?:self-)?detected (?:expedited )?stalls? on )", Role::subject, rcu_stall},
    {R"(INFO: task .*:\d+ (?:is )?blocked (?:in I/O wait |on an? [\w ]+)?for more)", Role::subject,
     hung_task},
    {R"(INFO: task .*:\d+ (?:is )?blocked$)", Role::subject, hung_task},

    // checks of lists, counters, locks and pages
    {R"(refcount_t: )", Role::subject, refcount},
    {R"(^list_(?:add|del) (?:corruption|double add))", Role::subject, list_corruption},
    {R"(BUG: scheduling while atomic)", Role::subject, atomic_sleep},
    {R"(BUG: sleeping function called from invalid context)", Role::subject, atomic_sleep},
    {R"(BUG: using \w+\(\) in preemptible)", Role::subject, bug},
    {R"(BUG: Invalid wait context)", Role::subject, lockdep},
    {R"((?:WARNING|INFO): (?:possible (?:circular|recursive|irq lock|deadlock)|suspicious RCU|inconsistent lock|bad (?:unlock|contention) balance|(?:SOFTIRQ|HARDIRQ)-\w+ -> |held lock freed|lock held when returning|Nested lock was not|\S+ still has locks held|\S+/\d+ still has locks held|trying to register non-static key))",
     Role::subject, lockdep},
    {R"(\[ BUG: (?:Invalid wait context|bad (?:unlock|contention) balance|held lock freed|lock held|Nested|.* still has locks held))",
     Role::subject, lockdep},
    {R"(BUG: Bad (?:page|rss-counter|swap))", Role::subject, bad_page},
    {R"(BUG: non-zero pgtables_bytes)", Role::subject, bad_page},
    {R"(BUG: (?:spinlock|rwlock|mutex|workqueue leaked|atomic counter|failure at) )", Role::subject,
     bug},
    {R"(invoked oom-killer: )", Role::subject, oom},

    // stacks run over
    {R"(BUG: (?:\w+ )?stack guard page was hit)", Role::subject, stack_overflow},
    {R"(Insufficient stack space to handle exception)", Role::subject, stack_overflow},
    {R"((?i)^(?:\w+: )?kernel stack overflow)", Role::subject, stack_overflow},
    {R"(^(?:do_IRQ|debug_stackoverflow): .*stack overflow)", Role::subject, stack_overflow},
    {R"(overran (?:the )?stack|stack overflow detected)", Role::subject, stack_overflow},

    // machine checks
    {R"(Machine [Cc]heck [Ee]xception: \d)", Role::subject, mce},
    {R"(^SError Interrupt on CPU)", Role::subject, mce},
    {R"(^(?:CPU \d+ )?Machine check in kernel mode)", Role::subject, mce},

    // a deliberate crash
    {R"((?i)sysrq ?: ?(?:sysrq ?: ?)?trigger a crash)", Role::subject, sysrq},

    // wrong addresses: x86, arm, arm64, riscv, loongarch, mips, s390, ppc, sh
    {R"(BUG: unable to handle kernel NULL pointer)", Role::subject, null_deref},
    {R"(BUG: [Kk]ernel NULL pointer dereference)", Role::subject, null_deref},
    {R"(BUG: unable to handle (?:kernel|page|user))", Role::subject, paging_request},
    {R"(BUG: Unable to handle unaligned access)", Role::subject, unaligned},
    {R"(BUG: Unable to handle )", Role::subject, paging_request},
    {R"(^Kernel attempted to (?:read|write|execute|access) )", Role::subject, paging_request},
    {R"(Unable to handle kernel NULL pointer)", Role::subject, null_deref},
    {R"(Unable to handle (?:kernel|user) )", Role::subject, paging_request},
    {R"(^Unhandled (?:kernel )?unaligned access|^Alignment trap: not handling)", Role::subject,
     unaligned},
    {R"(^Unhandled (?:fault|prefetch abort): )", Role::subject, paging_request},

    // BUG() and WARN()
    {R"([Kk]ernel BUG at )", Role::detail, bug},
    {R"(^Kernel BUG \[#)", Role::die, bug, "[#"},
    {R"(^Kernel bug detected ?\[#)", Role::die, bug, "[#"},
    {R"(^WARNING: ?CPU: ?\d)", Role::detail, warning},
    {R"(^WARNING: (?:at )?[\w./-]+\.[chS]:\d+)", Role::detail, warning},
    {R"(^WARNING: at [\w./+-]+)", Role::detail, warning},

    // the oops line
    {R"(^(?:Oops: )?invalid opcode: )", Role::die, bug},
    {R"(^opcode: 0000 \[#)", Role::die, bug, "[#"},
    {R"(^(?:Oops: )?general protection fault[,:])", Role::die, gpf},
    {R"(^(?:Oops: )?(?:stack segment|segment not present|invalid TSS|coprocessor segment overrun): )",
     Role::die, gpf},
    {R"(^(?:Oops: )?(?:divide error|int3|overflow|bounds|trap invalid): )", Role::die, bug},
    {R"(^(?:Oops: )?alignment check: )", Role::die, unaligned},
    {R"(double fault: [0-9a-f]{4})", Role::die, stack_overflow},
    {R"(^(?:Oops: )?control protection: )", Role::die, cfi},
    {R"(^Internal error: Oops - BUG)", Role::die, bug},
    {R"(^Internal error: Oops - CFI)", Role::die, cfi},
    {R"(^Internal error: Oops - UBSAN)", Role::die, ubsan},
    {R"(^Internal error: Oops - (?:Undefined|undefined))", Role::die, bug},
    {R"(^Internal error: SP/PC alignment)", Role::die, unaligned},
    {R"(^Internal error: .*synchronous external abort)", Role::die, mce},
    {R"(^Internal error: )", Role::die, paging_request},
    {R"(^Oops: Exception in kernel mode, sig: 5)", Role::die, bug},
    {R"(^Oops: Exception in kernel mode, sig: 7)", Role::die, paging_request},
    {R"(^Oops: (?:Kernel access of bad area|Exception in kernel mode), sig: )", Role::die,
     paging_request},
    {R"(^Oops: (?:Machine check|System Reset|Unrecoverable))", Role::die, mce},
    {R"(^Oops - (?:illegal instruction|undefined instruction))", Role::die, bug},
    {R"(^Oops - (?:load|store).*misaligned)", Role::die, unaligned},
    {R"(^Oops - )", Role::die, paging_request},
    {R"(^(?:monitor event|illegal operation|specification exception|HFP|fixpoint|decimal|data exception|privileged operation|execute exception|operand exception|special operation|vector processing exception|transaction constraint)[\w -]*: [0-9a-f]{4} ilc:)",
     Role::die, bug, " ilc:"},
    {R"(^(?:protection|addressing|translation|region|segment|page)[\w -]*: [0-9a-f]{4} ilc:)",
     Role::die, paging_request, " ilc:"},
    {R"(^(?:Reserved instruction|Break instruction|Kernel bug|Trap instruction|do_cpu invoked|do_trap_or_bp).*\[#\d+\])",
     Role::die, bug, "[#"},
    {R"(^(?:Unhandled kernel unaligned access|Unaligned access).*\[#\d+\])", Role::die, unaligned,
     "[#"},
    {R"(^(?:Oops: )?Oops(?:: [\w-]+)? ?\[#\d+\])", Role::die, paging_request, "[#"},
    {R"(^Oops(?: -[ \w]+)?[:\[])", Role::die, paging_request},
    {R"(^[A-Za-z][\w :-]{2,60}\[#\d+\](?: PREEMPT| SMP| KASAN| ARM|\s*$))", Role::die,
     paging_request, "[#"},

    // the slab allocator's own reports: BUG <cache> (Tainted ...): what
    {R"(^BUG [\w:.,-]+ \((?:Not tainted|Tainted))", Role::subject, bug},
    {R"(^(?:usercopy: )?(?:Bad or missing usercopy|Kernel memory (?:exposure|overwrite) attempt))",
     Role::subject, bug},
    {R"(^detected buffer overflow in )", Role::subject, bug},
};

// Every text that a row matches has one of these in it, in whatever case.
constexpr char kWords[] =
    R"(cut here|end trace|not syncing|Linux version|NMI|Task dump|page allocation|Show )"
    R"(|soft lockup|segfault|traps: |BUG[ :]|UBSAN|CFI failure|\[\.\.\.:|hard lockup)"
    R"(|stall|INFO:|refcount_t|list_(?:add|del)|WARNING:|oom-killer|stack)"
    R"(|machine check|SError|trigger a crash|unable to handle|Kernel attempted|alignment)"
    R"(|Unhandled|\[#|opcode|protection|segment|invalid TSS|divide error|int3)"
    R"(|overflow|bounds: |trap invalid|double fault|Internal error|Oops| ilc:|usercopy)"
    R"(|Kernel memory)";

// Some of the rows, matched in one pass.
class Rows {
public:
    explicit Rows(bool with_needs) : set_(options(), RE2::UNANCHORED) {
        for (std::size_t i = 0; i < std::size(kRows); ++i) {
            if (kRows[i].needs.empty() == with_needs) continue;
            set_.Add(kRows[i].pattern, nullptr);
            rows_.push_back(i);
        }
        set_.Compile();
    }

    // The first that matches; the number of rows if none does.
    std::size_t first(std::string_view text) const {
        re2::StringPiece piece(text.data(), text.size());
        if (!set_.Match(piece, nullptr)) return std::size(kRows);  // most lines: no list to build
        std::vector<int> hits;
        if (!set_.Match(piece, &hits) || hits.empty()) return std::size(kRows);
        return rows_[static_cast<std::size_t>(*std::min_element(hits.begin(), hits.end()))];
    }

private:
    static RE2::Options options() {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_encoding(RE2::Options::EncodingLatin1);
        return options;
    }
    RE2::Set set_;
    std::vector<std::size_t> rows_;
};

// Compiled once per process; immutable afterwards. Rows that need something are matched only where
// it stands: they count characters, and an automaton that does so for every line gets large.
const Rows& common_rows() {
    static const Rows rows(false);
    return rows;
}
const Rows& rare_rows() {
    static const Rows rows(true);
    return rows;
}

bool has_what_rare_rows_need(std::string_view text) {
    return std::any_of(std::begin(kRows), std::end(kRows), [text](const Row& row) {
        return !row.needs.empty() && contains(text, row.needs);
    });
}

}  // namespace

std::string_view headline_words() { return kWords; }

std::vector<std::string_view> headline_patterns() {
    std::vector<std::string_view> patterns;
    for (const Row& row : kRows) patterns.emplace_back(row.pattern);
    return patterns;
}

std::optional<Headline> match_headline(std::string_view text) {
    eat_blanks(text);
    if (text.size() > 4096) text = text.substr(0, 4096);
    std::size_t row = common_rows().first(text);
    if (has_what_rare_rows_need(text)) row = std::min(row, rare_rows().first(text));
    if (row == std::size(kRows)) return std::nullopt;
    return Headline{kRows[row].role, kRows[row].kind};
}

std::string_view words_inside_reports() {
    return R"(RIP: |Call Trace|PID: |PC is at|PGD |pc : |EIP|NIP \[|Krnl PSW|#PF: |Mem abort)"
           R"(|hung_task_timeout_secs|task:)";
}

bool starts_inside(std::string_view text) {
    eat_blanks(text);
    if (text.size() < 12) return false;
    switch (text.front()) {
        case 'R':
            return text.starts_with("RIP: 0010:") || text.starts_with("RIP: e030:");
        case 'C':
            return text.starts_with("Call Trace:") || text.starts_with("Call trace:") ||
                   (text.starts_with("CPU: ") && contains(text, " PID: ") &&
                    contains(text, " Comm: "));
        case 'P':
            return text.starts_with("PC is at ") ||
                   (text.starts_with("Pid: ") && contains(text, ", comm: ")) ||
                   (text.starts_with("PGD ") && contains(text, " PUD "));
        case 'p':
            return text.starts_with("pc : ") && contains(text, "+0x");
        case 'e':
            return text.starts_with("epc : ") && contains(text, "+0x");
        case 'E':
            return text.starts_with("EIP is at ") || text.starts_with("EIP: ");
        case 'N':
            return text.starts_with("NIP [");
        case 'K':
            return text.starts_with("Krnl PSW : ");
        case '#':
            return text.starts_with("#PF: ");
        case 'M':
            return text.starts_with("Mem abort info:");
        case '"':
            return contains(text, "hung_task_timeout_secs");
        case 't':
            return text.starts_with("task:") && contains(text, " state:D");
        default:
            return false;
    }
}

}  // namespace nfstriage::log
