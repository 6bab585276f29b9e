#include "read_input.h"

#include <algorithm>
#include <utility>

#include "facts/from_dump.h"
#include "facts/from_log.h"
#include "layout/module_sections.h"
#include "layout/profile_store.h"
#include "verdict/join_log.h"

namespace nfstriage {
namespace {

constexpr std::size_t kLargestRedacted = std::size_t{256} << 20;
constexpr std::size_t kSample = 64 * 1024;  // of a file, to tell text from a dump

bool is_utf16(std::string_view sample) {
    return sample.starts_with("\xff\xfe") || sample.starts_with("\xfe\xff");
}

// The first bytes of the dump formats that begin like text; a file cut inside them counts too.
bool starts_like_a_dump(std::string_view sample) {
    constexpr std::string_view kMagics[] = {"KDUMP   ", "DISKDUMP", "makedumpfile",
                                            "\x7f"
                                            "ELF"};
    return std::any_of(std::begin(kMagics), std::end(kMagics), [sample](std::string_view magic) {
        std::size_t size = std::min(magic.size(), sample.size());
        return sample.substr(0, size) == magic.substr(0, size);
    });
}

// Text has few control characters; a console may have put some NULs or escapes into it.
bool looks_like_text(std::string_view sample) {
    if (is_utf16(sample)) return true;
    if (starts_like_a_dump(sample)) return false;
    std::size_t odd = 0;
    for (char c : sample) {
        auto byte = static_cast<unsigned char>(c);
        odd += byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\x1b';
    }
    return odd * 10 < sample.size();
}

// Names are found in the text as a whole, so that takes the memory of it.
Result<std::unique_ptr<log::Text>> redacted(std::unique_ptr<log::Text> text,
                                            const Redaction* redaction) {
    if (redaction == nullptr) return text;
    auto all = log::whole(*text, kLargestRedacted);
    if (!all) return tl::unexpected<Error>(all.error());
    return std::make_unique<log::TextInMemory>(redaction->text(*all));
}

using FoundProfile = Result<std::shared_ptr<const layout::Profile>>;

FoundProfile open_profile(const std::filesystem::path& path) {
    auto profile = layout::Profile::open(path);
    if (!profile) return tl::unexpected<Error>(profile.error());
    return std::shared_ptr<const layout::Profile>(std::move(*profile));
}

FoundProfile find_profile(const ProfileOptions& options, const dump::Dump& dump,
                          const layout::KernelIdentity& kernel) {
    if (!options.file.empty()) return open_profile(options.file);
    layout::StoredProfile stored = layout::find_stored(options.folders, kernel, options.carried);
    // One of an earlier version is made again where there is debuginfo to make it of.
    if (stored.profile && (!options.make || layout::tells_of_sections(*stored.profile)))
        return stored.profile;
    if (options.make) {
        auto made = options.make(layout::seen_in(dump));
        if (made) return open_profile(*made);
        if (!stored.profile) return tl::unexpected<Error>(made.error());
        return stored.profile;
    }
    if (!stored.rejected.empty()) return tl::unexpected<Error>(stored.rejected.front());
    return std::shared_ptr<const layout::Profile>();
}

}  // namespace

std::string name_of(const Input& input) {
    return input.name.empty() ? input.parts.front().string() : input.name;
}

void name_input(facts::Input& seen, const Input& input) {
    seen.path = name_of(input);
    if (input.redaction == nullptr) return;
    for (std::string& sentence : seen.missing) sentence = input.redaction->text(sentence);
}

Result<std::unique_ptr<log::Text>> open_if_log(const Input& input) {
    if (input.parts.size() != 1) return nullptr;
    auto text = log::open_text(input.parts.front());
    if (!text) return tl::unexpected<Error>(text.error());
    auto sample = (*text)->at(0, kSample);
    if (!sample) return tl::unexpected<Error>(sample.error());
    if (sample->empty() || !looks_like_text(*sample)) return nullptr;
    return redacted(std::move(*text), input.redaction.get());
}

Result<std::unique_ptr<log::Text>> open_log(const std::filesystem::path& path,
                                            const Redaction* redaction) {
    auto text = log::open_text(path);
    if (!text) return tl::unexpected<Error>(text.error());
    return redacted(std::move(*text), redaction);
}

Result<void> check_log_text(log::Text& text, const std::string& name) {
    auto sample = text.at(0, kSample);
    if (!sample) return tl::unexpected<Error>(sample.error());
    if (sample->empty())
        return error(name, 0, "a console log was expected, the input is empty",
                     "give the dmesg or serial console text, or a dump file");
    if (!looks_like_text(*sample))
        return error(name, 0, "text of a console log was expected, found binary data",
                     "give a dump as a file, not on standard input");
    return {};
}

Result<facts::Scene> scene_of_log(log::Text& text, const std::string& name) {
    if (auto checked = check_log_text(text, name); !checked)
        return tl::unexpected<Error>(checked.error());
    auto log = log::parse(text);
    if (!log) return tl::unexpected<Error>(log.error());
    facts::Scene scene = facts::from_log(std::move(*log), true);
    scene.input.path = name;
    scene.input.format = "console log";
    return scene;
}

Result<std::unique_ptr<dump::Dump>> open_memory(const Input& input, const TriageOptions& options) {
    dump::OpenOptions open_options;
    open_options.force_library = options.force_library;
    open_options.observer = options.observer;
    if (input.redaction != nullptr) open_options.overlay = input.redaction->overlay;
    return dump::Dump::open(input.parts, open_options);
}

Result<OpenedDump> open_dump(const Input& input, const TriageOptions& options) {
    auto dump = open_memory(input, options);
    if (!dump) return tl::unexpected<Error>(dump.error());
    OpenedDump opened;
    opened.dump = std::move(*dump);
    opened.redaction = input.redaction;
    opened.layout =
        layout::load_kernel_layout(*opened.dump, [&](const layout::KernelIdentity& kernel) {
            return find_profile(options.profiles, *opened.dump, kernel);
        });
    opened.text_remarks = lend_text(*opened.dump, opened.layout, options.text_sources);
    return opened;
}

Result<OpenedDump> open_dump_only(const Input& input, const TriageOptions& options) {
    auto log = open_if_log(input);
    if (!log) return tl::unexpected<Error>(log.error());
    if (*log)
        return error(
            name_of(input), std::nullopt,
            "a dump was expected, this is text (a console log?): it holds no memory of a kernel",
            "nfstriage analyze reads logs");
    return open_dump(input, options);
}

std::vector<std::string> OpenedDump::remarks() const {
    std::vector<std::string> all = layout.types->disagreements();
    if (text_remarks)
        for (std::string& remark : text_remarks()) all.push_back(std::move(remark));
    if (redaction != nullptr)
        for (std::string& remark : all) remark = redaction->text(remark);
    return all;
}

Result<facts::Scene> scene_of_dump(OpenedDump& opened, const Input& input) {
    facts::Scene scene = facts::from_dump(*opened.dump, opened.layout);
    // The header of the file is no memory, so nothing is laid over it.
    if (input.redaction != nullptr && scene.host.name == opened.dump->uname().nodename)
        scene.host.name = input.redaction->name(*scene.host.name);
    if (!input.log.empty()) {
        auto text = open_log(input.log, input.redaction.get());
        if (!text) return tl::unexpected<Error>(text.error());
        std::string name = input.log.string();
        if (input.redaction != nullptr) name = input.redaction->name(name);
        auto log = scene_of_log(**text, name);
        if (!log) return tl::unexpected<Error>(log.error());
        verdict::join_log(scene, std::move(*log));
    }
    name_input(scene.input, input);
    return scene;
}

}  // namespace nfstriage
