// Hidden from the default run: prints the events of the log named by NFSTRIAGE_LOG.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "log/event.h"

using namespace nfstriage;

TEST_CASE("print the events of a log", "[.print]") {
    const char* path = std::getenv("NFSTRIAGE_LOG");
    REQUIRE(path);
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    auto log = log::parse(text);
    std::printf("%u lines%s, %zu events, %zu notices, arch %s, release %s\n", log.lines,
                log.reversed ? " (newest first)" : "", log.events.size(), log.notices.size(),
                log.arch ? std::string(to_string(*log.arch)).c_str() : "-",
                log.release.value_or("-").c_str());
    auto show = [](const Frame& f) {
        std::printf("    %c%s%s%s%s%s\n", f.trust == Trust::guess ? '?' : ' ', f.function.c_str(),
                    f.inlined ? " inlined" : "", f.module.empty() ? "" : " [", f.module.c_str(),
                    f.module.empty() ? "" : "]");
    };
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        const auto& e = log.events[i];
        std::printf("%s%s%s#%zu lines %u-%u boot %u %s: %s\n", log.crash == i ? "CRASH " : "",
                    log.panic == i ? "PANIC " : "", log.first_error == i ? "FIRST " : "", i,
                    e.first_line, e.last_line, e.boot, std::string(to_string(e.kind)).c_str(),
                    e.message.substr(0, 110).c_str());
        std::printf(
            "  cpu %d pid %lld comm '%s' release %s taint '%s' arch %s%s%s, %zu registers, "
            "%zu modules, code %zu, address %llx %s\n",
            e.cpu ? static_cast<int>(*e.cpu) : -1, static_cast<long long>(e.pid.value_or(-1)),
            e.comm.value_or("-").c_str(), e.release.value_or("-").c_str(),
            e.taint.value_or("").c_str(), e.arch ? std::string(to_string(*e.arch)).c_str() : "-",
            e.fatal ? " fatal" : "", e.complete ? "" : " incomplete", e.registers.values.size(),
            e.modules.size(), e.code ? e.code->bytes.size() : 0,
            static_cast<unsigned long long>(e.fault_address.value_or(0)),
            e.access.value_or("").c_str());
        if (e.top) std::printf("  top:\n"), show(*e.top);
        std::printf("  frames (blamed from %zu):\n", e.blamed);
        for (std::size_t k = 0; k < e.frames.size() && k < 25; ++k) show(e.frames[k]);
        for (const auto& s : e.other_stacks)
            std::printf("  other: %s, %zu frames, cpu %d %s, top %s\n", s.title.c_str(),
                        s.frames.size(), s.cpu ? static_cast<int>(*s.cpu) : -1,
                        s.comm.value_or("").c_str(), s.top ? s.top->function.c_str() : "-");
    }
    for (const auto& n : log.notices)
        if (n.kind != log::Notice::Kind::other)
            std::printf("notice %u: %s\n", n.log_line, n.text.c_str());
    SUCCEED();
}
