// Mini-dumps of every sample, and of the corpus where there is one: what they give when they are
// analysed, what is in them and what is not, with and without names.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "catch.h"
#include "dump/dump.h"
#include "dump/file_bytes.h"
#include "dump/kdump_header.h"
#include "dump/kdump_source.h"
#include "kernel/page_map.h"
#include "layout/kernel_layout.h"
#include "minidump.h"
#include "redaction.h"
#include "report/json.h"
#include "report/state.h"
#include "report/ticket.h"
#include "show.h"
#include "triage/catalogue.h"

using namespace nfstriage;
namespace fs = std::filesystem;
using test::catalogue;

namespace {

struct Sample {
    std::string dump;
    std::string profile = {};             // empty: none
    std::vector<std::string> names = {};  // that are in it, and in nothing redacted
    std::uint64_t most_bytes = 0;         // of its mini-dump
};

const std::string kFolder = NFSTRIAGE_SOURCE_DIR "/samples/";

std::vector<Sample> samples() {
    std::vector<Sample> all = {{kFolder + "unlock-request-bug-x86_64.vmcore",
                                "",
                                {"nfsvm", "10.9.9.1", "/export/t", "01000101010000001041a89f"},
                                8u << 20},
                               {kFolder + "xprt-lock-softlockup-aarch64.vmcore", "", {}, 8u << 20}};
    for (const char* name : {"000-x86_64", "000-aarch64", "001", "002", "004"}) {
        std::string folder = kFolder + "cases/" + name;
        all.push_back({folder + "/vmcore", folder + "/kernel.nfsprofile", {}, 1u << 20});
        all.push_back({folder + "/vmcore", "", {}, 1u << 20});
    }
    return all;
}

struct Folder {
    fs::path path = fs::temp_directory_path() / ("nfstriage-mini-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

Input input_of(const fs::path& dump) {
    Input input;
    input.parts = {dump};
    return input;
}

TriageOptions options_of(const Sample& sample) {
    TriageOptions options;
    options.profiles.file = sample.profile;
    return options;
}

std::string json_of(verdict::Verdict verdict) {
    verdict.input = {};
    verdict.limits = {};
    report::JsonOptions stable;
    stable.stable = true;
    return report::to_json(verdict, stable);
}

std::string analysed(const Input& input, const TriageOptions& options) {
    auto verdict = triage(input, catalogue(), options);
    REQUIRE(verdict);
    return json_of(std::move(*verdict));
}

std::string shown(const Input& input, const TriageOptions& options) {
    std::string text;
    auto done = show(input, options, [&](const facts::Scene& scene) {
        report::state_to_json(scene, {}, {}, [&](std::string_view piece) { text += piece; });
    });
    REQUIRE(done);
    // What is said of the file itself differs.
    auto begin = text.find("\"input\""), end = text.find('}', begin);
    if (begin != std::string::npos && end != std::string::npos) text.erase(begin, end - begin);
    return text;
}

redact::Key key() {
    redact::Key key{};
    key[5] = 1;
    return key;
}

Input redacted(const fs::path& dump, const TriageOptions& options) {
    auto input = Redacting(key()).input(input_of(dump), catalogue(), options);
    REQUIRE(input);
    return std::move(*input);
}

// The pages of a kdump file, unpacked, one behind the other, behind its headers.
std::string all_bytes(const fs::path& path) {
    auto file = dump::open_plain_file(path);
    REQUIRE(file);
    auto header = dump::read_kdump_header(**file);
    REQUIRE(header);
    std::vector<std::uint8_t> raw(header->bitmap_offset);
    REQUIRE((*file)->read(0, raw));
    std::string all(raw.begin(), raw.end());
    dump::KdumpSource source({{*file, *header}});
    dump::Decompressor decompressor;
    std::vector<std::uint8_t> page(header->block_size);
    for (auto number = source.next_stored(0); number; number = source.next_stored(*number + 1)) {
        auto stored = source.locate(*number);
        REQUIRE(stored);
        raw.resize(stored->size);
        REQUIRE(stored->file->read(stored->offset, raw));
        REQUIRE(decompressor.run(stored->codec, raw, page));
        all.append(page.begin(), page.end());
    }
    return all;
}

void check_names_are_gone(const std::string& text, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        INFO(name);
        CHECK(text.find(name) == std::string::npos);
    }
}

void check(const Sample& sample, const Folder& folder) {
    INFO(sample.dump << " " << sample.profile);
    const fs::path mini = folder.path / "mini";
    const TriageOptions options = options_of(sample);
    auto made = make_minidump(input_of(sample.dump), catalogue(), mini, options);
    REQUIRE(made);
    CHECK(made->same_verdict);
    CHECK(made->user_pages == 0);
    CHECK(analysed(input_of(mini), options) == analysed(input_of(sample.dump), options));
    CHECK(shown(input_of(mini), options) == shown(input_of(sample.dump), options));
    CHECK(fs::file_size(mini) < sample.most_bytes);
    // One of a mini-dump is the same again.
    const fs::path again = folder.path / "again";
    auto twice = make_minidump(input_of(mini), catalogue(), again, options);
    REQUIRE(twice);
    CHECK(twice->same_verdict);
}

void check_redacted(const Sample& sample, const Folder& folder) {
    INFO(sample.dump << " " << sample.profile);
    const fs::path mini = folder.path / "redacted";
    const TriageOptions options = options_of(sample);
    const Input input = redacted(sample.dump, options);
    auto made = make_minidump(input, catalogue(), mini, options);
    REQUIRE(made);
    CHECK(made->same_verdict);
    const std::string verdict = analysed(input, options), state = shown(input, options);
    CHECK(analysed(input_of(mini), options) == verdict);
    CHECK(shown(input_of(mini), options) == state);
    const std::string plain_state = shown(input_of(sample.dump), options);
    for (const std::string& name : sample.names) {
        INFO(name);
        CHECK(plain_state.find(name) != std::string::npos);
    }
    check_names_are_gone(verdict, sample.names);
    check_names_are_gone(state, sample.names);
    check_names_are_gone(all_bytes(mini), sample.names);
    CHECK(fs::file_size(mini) < sample.most_bytes);

    // The kernel's own words stay, in the log too.
    std::string release;
    auto looked = show(input, options, [&](const facts::Scene& scene) {
        release = scene.kernel.release.value_or("");
        for (const log::Line* line : log::find_lines(scene.log, "Linux version "))
            CHECK(line->text.find("Linux version " + release) != std::string::npos);
    });
    CHECK(looked);

    // Names are no ground of a verdict.
    auto plain = triage(input_of(sample.dump), catalogue(), options);
    REQUIRE(plain);
    CHECK(made->verdict.verdicts.front().status == plain->verdicts.front().status);
    CHECK(made->verdict.verdicts.front().rule == plain->verdicts.front().rule);
    CHECK(made->verdict.signature.has_value() == plain->signature.has_value());
    if (plain->signature && made->verdict.signature)
        CHECK(made->verdict.signature->text == plain->signature->text);
}

}  // namespace

TEST_CASE("the mini-dump of every sample gives the sample's verdict and state") {
    Folder folder;
    for (const Sample& sample : samples()) check(sample, folder);
}

TEST_CASE("the redacted mini-dump of every sample gives the redacted verdict and state") {
    Folder folder;
    for (const Sample& sample : samples()) check_redacted(sample, folder);
}

namespace {

// Dumps of the corpus; those that are packed are unpacked into `folder`.
std::vector<Sample> corpus(const Folder& folder) {
    const char* root = std::getenv("NFSTRIAGE_CORPUS");
    if (root == nullptr) {
        WARN("skipped: NFSTRIAGE_CORPUS is not set");
        return {};
    }
    std::vector<Sample> all;
    std::set<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(root) / "dumps"))
        found.insert(entry.path());
    for (const fs::path& path : found) {
        std::vector<std::string> names;
        if (path.string().find("x86_64") != std::string::npos) names = {"nfsvm", "10.9.9.1"};
        if (path.extension() == ".vmcore") all.push_back({path, "", names, 16u << 20});
        if (path.extension() != ".xz") continue;
        fs::path plain = folder.path / path.stem();
        REQUIRE(std::system(
                    ("xz -dkc '" + path.string() + "' > '" + plain.string() + "'").c_str()) == 0);
        all.push_back({plain, "", names, 16u << 20});
    }
    return all;
}

}  // namespace

TEST_CASE("mini-dumps of real dumps give their verdict and state, with names and without") {
    Folder folder;
    for (const Sample& sample : corpus(folder)) {
        check(sample, folder);
        check_redacted(sample, folder);
    }
}
