// judge: compares argument recovery without debug information with DWARF, on every stack of real
// dumps: of the CPUs and of all sleeping tasks. Recovery gets the dump alone (its BTF, kallsyms and
// text), the judge a profile of the same kernel (frames_by_cfi.h).
//   nfstriage_judge [-v] [-a] DUMP PROFILE [DUMP PROFILE]...
// Without arguments it takes the file that NFSTRIAGE_JUDGE names: a dump and its profile on each
// line, `#` begins a comment; it is skipped (77) when that is not set. -v prints every difference
// and every value that was not found. Judged is each pointer parameter of a function below fs/ or
// net/sunrpc/ for which DWARF leads to a value: what the caller passed where the call site says it,
// else what the variable holds at the frame's instruction. Fails if fewer than 300 frames could be
// judged, if less than 90 % of them were found, or if one different value is trusted (better than
// scan).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "cost.h"
#include "facts/cpu_stacks.h"
#include "facts/frame_arguments.h"
#include "facts/module_types.h"
#include "frames_by_cfi.h"
#include "kernel/identity.h"
#include "layout/kernel_layout.h"

using namespace nfstriage;

namespace {

constexpr std::uint64_t kUnwindSteps = 20'000'000;
constexpr std::size_t kMostTasks = 20'000;
constexpr std::size_t kFramesNeeded = 300;
constexpr unsigned kPercentNeeded = 90;

struct Count {
    std::size_t frames = 0, frames_same = 0;  // with a judged parameter; all of which are the same
    std::size_t judged = 0, same = 0, not_found = 0;
    std::size_t wrong_trusted = 0, wrong_doubted = 0;  // a different value: better than scan or not
    std::size_t changed = 0;  // DWARF tells another value at the call than at the instruction
    std::size_t asked = 0;    // of the same ones: by number and type, without a prototype
    std::map<std::string, std::size_t> by_trust;  // of the same ones
    std::map<std::string, std::size_t> reasons;   // of those not found

    void add(const Count& other) {
        frames += other.frames, frames_same += other.frames_same;
        judged += other.judged, same += other.same, not_found += other.not_found;
        wrong_trusted += other.wrong_trusted, wrong_doubted += other.wrong_doubted;
        changed += other.changed, asked += other.asked;
        for (const auto& [name, count] : other.by_trust) by_trust[name] += count;
        for (const auto& [name, count] : other.reasons) reasons[name] += count;
    }
};

struct Verbosity {
    bool differences = false, all = false;
};

struct Table {
    Count all;
    Count distinct;                                          // the first frame of each place
    std::set<std::pair<std::string, std::uint64_t>> places;  // function, offset into it
    std::vector<test::Cost> costs;
};

class Judge {
public:
    Judge(const dump::Dump& dump, layout::KernelLayout& alone, const layout::KernelCode& code,
          Table& table, Verbosity verbose)
        : dump_(dump),
          alone_(alone),
          code_(code),
          table_(table),
          verbose_(verbose),
          finder_(dump, alone) {}

    void run() {
        Budget budget(kUnwindSteps);
        facts::CpuStacks cpus = facts::read_cpu_stacks(dump_, alone_, budget);
        facts::find_module_types(dump_, alone_);
        for (const facts::CpuStack& cpu : cpus.cpus)
            judge(cpu.unwound, cpu.task ? cpu.task->comm : "cpu " + std::to_string(cpu.cpu));
        std::optional<VAddr> any;
        if (auto init = alone_.symbols->address("init_task")) any = *init;
        for (const facts::CpuStack& cpu : cpus.cpus)
            if (!any && cpu.task && cpu.task->pid != 0) any = cpu.task->address;
        if (!any) return;
        auto list = kernel::read_tasks(dump_.memory(), *alone_.types, *any, Budget(kMostTasks));
        if (!list) return;
        unwind::Unwinder unwinder(dump_.memory(), *alone_.types, *alone_.symbols,
                                  facts::unwind_options(dump_, alone_));
        for (const kernel::TaskInfo& task : list->tasks) {
            if (task.on_cpu.value_or(false)) continue;
            auto start = unwinder.sleeping(task.address);
            if (start) judge(unwinder.unwind(*start, budget), task.comm);
        }
    }

    std::size_t stacks() const { return stacks_; }

private:
    void judge(const unwind::Result& unwound, const std::string& comm) {
        if (unwound.frames.empty()) return;
        ++stacks_;
        table_.costs.push_back(test::cost_of(unwound, dump_, alone_));
        auto frames = test::frames_by_cfi(unwound, code_, dump_.arch(), dump_.memory());
        auto recovery = finder_.recovery(unwound);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            if (!frames[i].known) continue;
            std::string file = test::file_of(frames[i], code_);
            if (!file.starts_with("fs/") && !file.starts_with("net/sunrpc/")) continue;
            judge(frames, i, unwound.frames[i], *recovery, comm);
        }
    }

    void judge(const std::vector<test::CfiFrame>& frames, std::size_t index, const Frame& frame,
               arguments::Recovery& recovery, const std::string& comm) {
        auto parameters =
            test::pointer_parameters(frames, index, code_, dump_.arch(), dump_.memory());
        std::erase_if(parameters, [](const test::JudgedParameter& parameter) {
            return !parameter.now && !parameter.at_entry;
        });
        if (parameters.empty()) return;
        if (verbose_.all) print(frame, parameters, comm);
        auto recovered = recovery.arguments(index);
        Count count;
        count.frames = 1;
        for (const test::JudgedParameter& parameter : parameters) {
            std::string where = fmt::format("{}+{:#x} [{}] {}", frame.function,
                                            frame.offset.value_or(0), comm, parameter.name);
            if (recovered)
                judge(parameter, by_name(*recovered, parameter.name), where, count, false);
            else
                judge(parameter, recovery.argument(index, parameter.index, parameter.type), where,
                      count, true);
        }
        count.frames_same = count.same == count.judged;
        table_.all.add(count);
        if (table_.places.emplace(frame.function, frame.offset.value_or(0)).second)
            table_.distinct.add(count);
    }

    static void print(const Frame& frame, const std::vector<test::JudgedParameter>& parameters,
                      const std::string& comm) {
        for (const test::JudgedParameter& parameter : parameters) {
            std::cout << fmt::format("DWARF {} {} {:#x} {}", comm, frame.function,
                                     frame.address.value_or(0), parameter.name);
            if (parameter.now) std::cout << fmt::format(" now {:#x}", *parameter.now);
            if (parameter.at_entry) std::cout << fmt::format(" entry {:#x}", *parameter.at_entry);
            std::cout << "\n";
        }
    }

    static Maybe<Argument> by_name(const std::vector<Argument>& arguments,
                                   const std::string& name) {
        for (const Argument& argument : arguments)
            if (argument.name == name) return argument;
        return unknown(Reason::no_type, "no such parameter in its prototype");
    }

    void judge(const test::JudgedParameter& parameter, const Maybe<Argument>& found,
               const std::string& where, Count& count, bool asked) {
        ++count.judged;
        std::uint64_t right = parameter.at_entry.value_or(parameter.now.value_or(0));
        if (parameter.at_entry && parameter.now && *parameter.at_entry != *parameter.now)
            ++count.changed;
        if (!found || !found->value) {
            ++count.not_found;
            std::string why = found ? found->doubt : to_string(found.error());
            ++count.reasons[why.substr(0, why.find(" of "))];
            if (verbose_.differences) std::cout << where << ": not found: " << why << "\n";
            return;
        }
        if (*found->value == right) {
            ++count.same;
            count.asked += asked;
            ++count.by_trust[std::string(to_string(found->trust))];
            return;
        }
        bool trusted = found->trust < Trust::scan;
        ++(trusted ? count.wrong_trusted : count.wrong_doubted);
        if (!verbose_.differences && !trusted) return;
        std::cout << fmt::format("{}: DWARF {:#x}", where, right);
        if (!parameter.at_entry) std::cout << " (at the instruction)";
        std::cout << fmt::format(", recovered {:#x} by {}:", *found->value,
                                 to_string(found->trust));
        for (const std::string& way : found->how) std::cout << " " << way << ";";
        if (!found->doubt.empty()) std::cout << " doubt: " << found->doubt;
        std::cout << "\n";
    }

    const dump::Dump& dump_;
    layout::KernelLayout& alone_;
    const layout::KernelCode& code_;
    Table& table_;
    Verbosity verbose_;
    facts::ArgumentFinder finder_;
    std::size_t stacks_ = 0;
};

using Tables = std::map<std::string, Table>;  // by kernel

bool judge_dump(const std::string& path, const std::string& profile_path, Tables& tables,
                Verbosity verbose) {
    auto dump = dump::Dump::open({path});
    if (!dump) return std::cerr << to_string(dump.error()) << "\n", false;
    auto opened = layout::Profile::open(profile_path);
    if (!opened) return std::cerr << to_string(opened.error()) << "\n", false;
    std::shared_ptr<const layout::Profile> profile = std::move(*opened);
    using Found = Result<std::shared_ptr<const layout::Profile>>;
    layout::KernelLayout with = layout::load_kernel_layout(
        **dump, [&](const layout::KernelIdentity&) -> Found { return profile; });
    if (with.code == nullptr) {
        std::cerr << path << ": " << profile_path << " is not of its kernel\n";
        for (const std::string& remark : with.remarks) std::cerr << "  " << remark << "\n";
        return false;
    }
    layout::KernelLayout alone = layout::load_kernel_layout(**dump);
    kernel::Identity identity = kernel::read_identity(**dump, *alone.symbols);
    Table& table = tables[identity.release.value_or("unknown release") + " " +
                          std::string(to_string((*dump)->arch()))];
    std::size_t before = table.all.judged;
    Judge judge(**dump, alone, *with.code, table, verbose);
    judge.run();
    std::cout << path << ": " << judge.stacks() << " stacks, " << table.all.judged - before
              << " parameters judged\n";
    return true;
}

void print_line(const std::string& name, const Count& count) {
    auto percent = [](std::size_t part, std::size_t whole) {
        return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    };
    std::cout << fmt::format("{:<44}{:>7}{:>7}{:>7.1f}{:>8}{:>7}{:>7.1f}{:>7}{:>7}{:>7}{:>8}\n",
                             name, count.frames, count.frames_same,
                             percent(count.frames_same, count.frames), count.judged, count.same,
                             percent(count.same, count.judged), count.not_found,
                             count.wrong_trusted, count.wrong_doubted, count.changed, count.asked);
}

void print(const Tables& tables, Count& total, Count& distinct) {
    std::cout << fmt::format("\n{:<44}{:>7}{:>7}{:>7}{:>8}{:>7}{:>7}{:>7}{:>7}{:>7}{:>8}{:>8}\n",
                             "kernel", "frames", "same", "%", "values", "same", "%", "none",
                             "wrong", "doubt", "changed", "asked");
    for (const auto& [kernel, table] : tables) {
        print_line(kernel, table.all);
        print_line("  distinct places", table.distinct);
        std::cout << test::summary(table.costs);
        total.add(table.all);
        distinct.add(table.distinct);
    }
    print_line("all", total);
    print_line("  distinct places", distinct);
    std::cout << "found the same, by trust:";
    for (const auto& [trust, count] : total.by_trust) std::cout << " " << trust << " " << count;
    std::cout << "\nnot found:\n";
    for (const auto& [why, count] : total.reasons)
        std::cout << "  " << count << "  " << why << "\n";
}

// A dump and a profile on each line.
std::vector<std::string> words_of_file(const char* path) {
    std::vector<std::string> words;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        std::istringstream rest(line.substr(0, line.find('#')));
        for (std::string word; rest >> word;) words.push_back(word);
    }
    return words;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    Verbosity verbose;
    verbose.differences = std::erase(words, "-v") != 0;
    verbose.all = std::erase(words, "-a") != 0;
    if (words.empty()) {
        const char* list = std::getenv("NFSTRIAGE_JUDGE");
        if (list == nullptr) return 77;
        words = words_of_file(list);
    }
    if (words.empty() || words.size() % 2 != 0) {
        std::cerr << "usage: nfstriage_judge [-v] [-a] DUMP PROFILE [DUMP PROFILE]...\n";
        return 2;
    }
    Tables tables;
    bool readable = true;
    for (std::size_t i = 0; i < words.size(); i += 2)
        readable = judge_dump(words[i], words[i + 1], tables, verbose) && readable;
    Count total, distinct;
    print(tables, total, distinct);
    bool passed = readable && total.frames >= kFramesNeeded && total.wrong_trusted == 0 &&
                  total.frames_same * 100 >= total.frames * kPercentNeeded;
    std::cout << (passed ? "passed\n" : "FAILED\n");
    return passed ? 0 : 1;
}
