// A real dump opened far enough to unwind in it: memory, types, symbols, CPUs and the unwinder.
#pragma once

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catch.h"
#include "dump/dump.h"
#include "kernel/cpu.h"
#include "kernel/task.h"
#include "layout/kernel_layout.h"
#include "unwind/unwind.h"

namespace nfstriage::unwind::test {

struct CrashedKernel {
    std::unique_ptr<dump::Dump> dump;
    layout::KernelLayout layout;
    std::unique_ptr<Unwinder> unwinder;

    explicit CrashedKernel(const std::filesystem::path& file) {
        auto opened = dump::Dump::open({file});
        REQUIRE(opened.has_value());
        dump = std::move(*opened);
        layout = layout::load_kernel_layout(*dump);
        REQUIRE(layout.types != nullptr);
        Options options;
        options.arch = dump->arch();
        options.page_size = dump->page_size();
        auto mask = dump->vmcoreinfo().text("NUMBER(KERNELPACMASK)");
        if (mask) options.pac_mask = std::stoull(std::string(*mask), nullptr, 16);
        for (const auto& module : layout.symbols->modules()) {
            for (const auto& text : module.text) {
                auto table = module_orc_table(dump->memory(), *layout.types, module.address,
                                              text.begin, text.begin + text.size);
                if (table) options.modules.push_back(*table);
            }
        }
        unwinder =
            std::make_unique<Unwinder>(dump->memory(), *layout.types, *layout.symbols, options);
    }

    Start on_cpu(const dump::CpuNote& note, const kernel::TaskInfo* current = nullptr) const {
        return unwinder->on_cpu(note.registers, note.cpu, current);
    }

    Result unwind(const Start& start) const {
        Budget budget(100000);
        return unwinder->unwind(start, budget);
    }
};

inline std::string show(const Result& result) {
    std::string text;
    for (std::size_t i = 0; i < result.frames.size(); ++i) {
        for (const auto& context : result.interrupted)
            if (context.frame == i) text += "  -- interrupted by " + context.entry + "\n";
        const Frame& frame = result.frames[i];
        text += "  " + hex(*frame.address) + " " + frame.function;
        if (frame.offset) text += "+" + hex(*frame.offset);
        if (!frame.module.empty()) text += " [" + frame.module + "]";
        text += " (" + std::string(to_string(frame.trust)) + ")\n";
    }
    return text + (result.complete ? "  complete: " : "  stopped: ") + result.why_stopped + "\n";
}

}  // namespace nfstriage::unwind::test
