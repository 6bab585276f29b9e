#include "minidump.h"

#include <algorithm>
#include <span>
#include <system_error>

#include "dump/kdump_file.h"
#include "judge_scene.h"
#include "minidump_pages.h"
#include "read_input.h"
#include "report/json.h"
#include "tool_memory.h"

namespace nfstriage {
namespace {

// The pages in units of `size` bytes, a multiple of the file's; nothing if some of the file's pages
// in one unit are absent, which a larger page cannot express.
std::optional<std::vector<Pfn>> in_units(const dump::Dump& dump, const std::vector<Pfn>& pages,
                                         std::uint32_t size) {
    const std::uint64_t each = size / dump.file_page_size();
    std::vector<Pfn> units;
    std::vector<std::uint8_t> bytes(size);
    for (Pfn page : pages) {
        const Pfn unit{page.value / each};
        if (!units.empty() && units.back() == unit) continue;
        if (!dump.read_physical(PAddr{unit.value * size}, bytes)) return std::nullopt;
        units.push_back(unit);
    }
    return units;
}

std::vector<Pfn> without(const std::vector<Pfn>& pages, const std::vector<Pfn>& others) {
    std::vector<Pfn> rest;
    std::set_difference(pages.begin(), pages.end(), others.begin(), others.end(),
                        std::back_inserter(rest));
    return rest;
}

// What two analyses must have in common.
std::string comparable(verdict::Verdict verdict) {
    verdict.input = {};
    verdict.limits = {};
    report::JsonOptions json;
    json.stable = true;
    return report::to_json(verdict, json);
}

dump::KdumpImage image_of(const dump::Dump& dump, const std::vector<Pfn>& pages,
                          const std::vector<Pfn>& left_out) {
    dump::KdumpImage image;
    image.arch = dump.arch();
    image.uname = dump.uname();
    if (image.uname.machine.empty()) image.uname.machine = std::string(to_string(dump.arch()));
    image.raw = dump.raw_headers();
    // Where the image lies, for readers that do not take it from VMCOREINFO.
    constexpr std::uint64_t kStartKernelMap = 0xffffffff80000000;
    if (auto text = dump.vmcoreinfo().symbol("_stext");
        text && dump.arch() == Arch::x86_64 && !image.raw.phys_base)
        if (auto physical = dump.translate(*text))
            image.raw.phys_base = physical->value - (text->value - kStartKernelMap);
    image.cpus = dump.cpu_notes().size();
    image.block_size = dump.file_page_size();
    image.pages = pages;
    const std::vector<Pfn> filtered = dump.pages_filtered();
    std::set_union(filtered.begin(), filtered.end(), left_out.begin(), left_out.end(),
                   std::back_inserter(image.filtered));
    image.filtered = without(image.filtered, pages);
    // crash wants pages of the kernel's own size.
    if (dump.page_size() > image.block_size) {
        auto units = in_units(dump, pages, dump.page_size());
        if (units && image.filtered.empty()) {
            image.pages = std::move(*units);
            image.block_size = dump.page_size();
        }
    }
    return image;
}

tl::unexpected<Error> unfit(const Input& input, const std::string& what,
                            const std::string& remedy) {
    return error(name_of(input), std::nullopt, what, remedy);
}

Result<void> check(const Input& input, const std::filesystem::path& output) {
    for (const std::filesystem::path& part : input.parts) {
        std::error_code failure;
        if (std::filesystem::equivalent(part, output, failure))
            return unfit(input, "another file was expected to write the mini-dump to",
                         "name a new file behind -o");
    }
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log)
        return unfit(input, "a dump was expected, this is text (a console log?)",
                     "a log is small as it is");
    return {};
}

}  // namespace

Result<Minidump> make_minidump(const Input& whole, const Catalogue& catalogue,
                               const std::filesystem::path& output, TriageOptions options,
                               const std::filesystem::path& draft) {
    Input input = whole;
    input.log.clear();
    if (auto fit = check(input, output); !fit) return tl::unexpected<Error>(fit.error());
    const bool redacted = input.redaction != nullptr;
    auto read = std::make_shared<ReadBytes>();
    if (redacted) options.observer = read;
    auto opened = open_dump(input, options);
    if (!opened) return tl::unexpected<Error>(opened.error());
    const dump::Dump& dump = *opened->dump;
    if (dump.arch() != Arch::x86_64 && dump.arch() != Arch::aarch64)
        return unfit(input, "a dump of x86_64 or aarch64 was expected", "keep the whole dump");
    auto scene = scene_of_dump(*opened, input);
    if (!scene) return tl::unexpected<Error>(scene.error());
    Minidump result;
    result.verdict = judge_scene(*scene, catalogue);
    const std::vector<Pfn> analysed = dump.pages_read();
    touch_state(*scene);
    touch(dump, memory_for_tools(dump, opened->layout, *scene,
                                 redacted ? ToolMemory::bare : ToolMemory::whole));
    read->stop();

    std::vector<Pfn> pages = redacted ? read->pages(dump.file_page_size()) : dump.pages_read();
    const std::vector<Pfn> users = user_pages(dump, *opened->layout.types, pages);
    result.user_pages = analysed.size() - without(analysed, users).size();
    dump::KdumpImage image = image_of(dump, without(pages, users), users);
    if (redacted) image.uname.nodename = input.redaction->name(image.uname.nodename);
    const std::filesystem::path& file = draft.empty() ? output : draft;
    auto written = dump::write_kdump_file(file, image, [&](Pfn page, std::span<std::uint8_t> out) {
        const PAddr at{page.value * image.block_size};
        auto done = dump.read_physical(at, out);
        if (done && redacted) read->clear_unread(at, out);
        return done;
    });
    if (!written) {
        // The caller knows it by its final name.
        if (written.error().file == file.string()) written.error().file = output.string();
        return tl::unexpected<Error>(written.error());
    }
    result.pages = written->pages;
    result.bytes = written->bytes;

    Input again;
    again.parts = {file};
    options.observer = nullptr;
    auto verdict = triage(again, catalogue, options);
    result.same_verdict = verdict && comparable(*verdict) == comparable(result.verdict);
    return result;
}

}  // namespace nfstriage
