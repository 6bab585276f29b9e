// Stacks of real crashes against what drgn and crash say about the same dumps.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "../dump/corpus.h"
#include "crashed_kernel.h"

namespace nfstriage::unwind::test {
namespace {

using dump::test::corpus_dumps;
using dump::test::TemporaryFolder;
using dump::test::unpacked;

std::filesystem::path beside(const std::filesystem::path& dump, const std::string& ending) {
    std::string name = dump.filename().string();
    return dump.parent_path() / (name.substr(0, name.find(".vmcore")) + ending);
}

nlohmann::json drgn_truth(const std::filesystem::path& dump) {
    std::ifstream file(beside(dump, ".truth-drgn.json"));
    return nlohmann::json::parse(file);
}

// Addresses of the frames that the kernel really has (inlined ones and user mode left out).
std::vector<std::uint64_t> addresses(const nlohmann::json& trace) {
    std::vector<std::uint64_t> out;
    for (const auto& frame : trace) {
        auto pc = std::stoull(frame["pc"].get<std::string>(), nullptr, 16);
        if (!frame["inline"].get<bool>() && pc >> 63) out.push_back(pc);
    }
    return out;
}

std::vector<std::uint64_t> addresses(const Result& result) {
    std::vector<std::uint64_t> out;
    for (const Frame& frame : result.frames) out.push_back(*frame.address);
    return out;
}

// The names that drgn gives include inlined functions; ours must come in the same order.
bool in_order(const Result& result, const nlohmann::json& names) {
    std::size_t at = 0;
    for (const Frame& frame : result.frames) {
        std::string_view ours = without_suffix(frame.function);
        while (at < names.size() && !ours.starts_with(names[at].get<std::string>())) ++at;
        if (at == names.size()) return false;
        ++at;
    }
    return true;
}

const dump::CpuNote* note_of(const CrashedKernel& kernel, unsigned cpu) {
    for (const auto& note : kernel.dump->cpu_notes())
        if (note.cpu == cpu) return &note;
    return nullptr;
}

// `bt` sections of crash: task address, then the address of each frame.
std::map<std::uint64_t, std::vector<std::uint64_t>> sleeping_in_crash(
    const std::filesystem::path& dump) {
    std::ifstream file(beside(dump, ".truth-crash.txt"));
    std::map<std::uint64_t, std::vector<std::uint64_t>> tasks;
    std::string line;
    bool inside = false;
    std::uint64_t task = 0;
    const std::regex kTask("^PID: .*TASK: ([0-9a-f]+) ");
    const std::regex kFrame("^ *#[0-9]+ \\[[0-9a-f]+\\] [^ ]+ at ([0-9a-f]+)");
    while (std::getline(file, line)) {
        if (line.starts_with("####")) inside = line == "#### foreach UN bt";
        std::smatch match;
        if (!inside) continue;
        if (std::regex_search(line, match, kTask)) task = std::stoull(match[1], nullptr, 16);
        if (std::regex_search(line, match, kFrame))
            tasks[task].push_back(std::stoull(match[1], nullptr, 16));
    }
    return tasks;
}

TEST_CASE("x86_64 stacks of real crashes are those that drgn and crash find") {
    for (const auto& path : corpus_dumps()) {
        if (path.string().find("x86_64") == std::string::npos) continue;
        TemporaryFolder folder;
        CrashedKernel kernel(unpacked(path, folder));
        INFO(path.filename().string());
        auto truth = drgn_truth(path);
        unsigned panic_cpu = truth["panic"]["cpu"].get<unsigned>();

        // The panicking CPU, frame by frame.
        const auto* note = note_of(kernel, panic_cpu);
        REQUIRE(note != nullptr);
        auto task = kernel::read_task(
            kernel.dump->memory(), *kernel.layout.types,
            VAddr{std::stoull(truth["panic"]["task"].get<std::string>(), nullptr, 16)});
        REQUIRE(task.has_value());
        auto start = kernel.on_cpu(*note, &*task);
        auto result = kernel.unwind(start);
        {
            INFO(show(result));
            CHECK(addresses(result) == addresses(truth["panic"]["bt"]));
            CHECK(result.complete);
            bool trusted =
                std::all_of(result.frames.begin(), result.frames.end(),
                            [](const Frame& frame) { return frame.trust <= Trust::cfi; });
            CHECK(trusted);
            // The registers at the fault are those of the innermost interrupted context.
            if (truth["panic"].contains("regs")) {
                REQUIRE_FALSE(result.interrupted.empty());
                const auto& context = result.interrupted.front();
                CHECK(context.frame < result.frames.size());
                for (const auto& [name, value] : truth["panic"]["regs"].items()) {
                    auto ours = context.registers.get(name == "rflags" ? "eflags" : name);
                    INFO(name);
                    CHECK(ours == std::stoull(value.get<std::string>(), nullptr, 16));
                }
            }
        }

        // Tasks that sleep, by crash's addresses.
        auto asleep = sleeping_in_crash(path);
        for (const auto& [address, frames] : asleep) {
            auto from = kernel.unwinder->sleeping(VAddr{address});
            REQUIRE(from.has_value());
            auto sleeping = kernel.unwind(*from);
            INFO(show(sleeping));
            CHECK(addresses(sleeping) == frames);
            CHECK(sleeping.complete);
        }

        // Every task that drgn unwound, running or asleep, by its names.
        std::size_t compared = 0;
        for (const auto& entry : truth["tasks"]) {
            if (!entry.contains("bt")) continue;
            VAddr address{std::stoull(entry["task"].get<std::string>(), nullptr, 16)};
            auto info = kernel::read_task(kernel.dump->memory(), *kernel.layout.types, address);
            REQUIRE(info.has_value());
            Result stack;
            if (entry["on_cpu"].get<int>() != 0) {
                const auto* on = note_of(kernel, entry["cpu"].get<unsigned>());
                REQUIRE(on != nullptr);
                stack = kernel.unwind(kernel.on_cpu(*on, &*info));
            } else {
                auto from = kernel.unwinder->sleeping(address);
                REQUIRE(from.has_value());
                stack = kernel.unwind(*from);
            }
            INFO("pid " << entry["pid"] << " drgn: " << entry["bt"].dump() << "\n" << show(stack));
            CHECK(in_order(stack, entry["bt"]));
            CHECK(stack.complete);
            ++compared;
        }
        WARN(path.filename().string()
             << ": " << result.frames.size() << " frames of the panic, " << asleep.size()
             << " blocked tasks, " << compared << " stacks of drgn compared");
    }
}

// drgn's raw chains of frame records: "-- PID COMM stack=..." or "-- cpu N pid ..." and one line
// per record, the last of which is the end of the chain.
struct Chain {
    std::string head;
    std::vector<std::uint64_t> pcs;
};

std::vector<Chain> chains(const std::filesystem::path& dump, const std::string& section) {
    std::ifstream file(beside(dump, ".truth-drgn.txt"));
    std::vector<Chain> out;
    std::string line;
    bool inside = false;
    while (std::getline(file, line)) {
        if (line.starts_with("=====")) inside = line.find(section) != std::string::npos;
        if (!inside) continue;
        if (line.starts_with("-- ")) out.push_back({line.substr(3), {}});
        auto at = line.find(" pc=");
        if (line.starts_with("   fp=") && at != std::string::npos && !out.empty())
            out.back().pcs.push_back(std::stoull(line.substr(at + 4, 16), nullptr, 16));
    }
    for (Chain& chain : out) chain.pcs.pop_back();
    return out;
}

TEST_CASE("aarch64 stacks of real crashes are the chains of frame records that drgn reads") {
    for (const auto& path : corpus_dumps()) {
        if (path.string().find("aarch64") == std::string::npos) continue;
        TemporaryFolder folder;
        CrashedKernel kernel(unpacked(path, folder));
        INFO(path.filename().string());

        auto running = chains(path, "on-CPU FP chains");
        REQUIRE(running.size() == kernel.dump->cpu_notes().size());
        for (std::size_t i = 0; i < running.size(); ++i) {
            const auto& note = kernel.dump->cpu_notes()[i];
            auto result = kernel.unwind(kernel.on_cpu(note));
            INFO(running[i].head << "\n" << show(result));
            auto ours = addresses(result);
            REQUIRE_FALSE(ours.empty());
            CHECK(ours.front() == note.registers.get("pc"));
            CHECK(std::vector(ours.begin() + 1, ours.end()) == running[i].pcs);
            CHECK(result.complete);
            REQUIRE_FALSE(result.interrupted.empty());
            const auto& context = result.interrupted.front();
            CHECK(context.registers.get("pc") == ours.at(context.frame));
        }

        // Addresses of the sleeping tasks stand in another section, in the same order.
        std::ifstream file(beside(path, ".truth-drgn.txt"));
        std::map<std::string, std::uint64_t> tasks;
        std::string line;
        const std::regex kHead("^-- ([0-9]+) .* ([0-9a-f]{16}) sp=");
        for (std::smatch match; std::getline(file, line);)
            if (std::regex_search(line, match, kHead))
                tasks[match[1]] = std::stoull(match[2], nullptr, 16);
        auto asleep = chains(path, "FP chains of D tasks");
        REQUIRE_FALSE(asleep.empty());
        for (const Chain& chain : asleep) {
            auto pid = chain.head.substr(0, chain.head.find(' '));
            REQUIRE(tasks.contains(pid));
            auto from = kernel.unwinder->sleeping(VAddr{tasks[pid]});
            REQUIRE(from.has_value());
            auto result = kernel.unwind(*from);
            INFO(chain.head << "\n" << show(result));
            auto ours = addresses(result);
            REQUIRE_FALSE(ours.empty());
            CHECK(result.frames.front().function == "__switch_to");
            CHECK(std::vector(ours.begin() + 1, ours.end()) == chain.pcs);
            CHECK(result.complete);
        }
        WARN(path.filename().string()
             << ": " << running.size() << " CPUs, " << asleep.size() << " blocked tasks compared");
    }
}

}  // namespace
}  // namespace nfstriage::unwind::test
