// nfstriage minidump INPUT -o OUT: write the part of a dump that its analysis needs.
#include "minidump.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/replace_files.h"
#include "command.h"
#include "confinement.h"
#include "input_options.h"
#include "inputs.h"
#include "redaction.h"

namespace nfstriage::command {
namespace {

struct Options {
    InputOptions input;
    DataFolders folders;
};

namespace fs = std::filesystem;

constexpr std::string_view kPlaced = "placed";  // said of a mini-dump that is where it belongs
constexpr std::size_t kChunk = 1 << 20;

std::string size_text(std::uint64_t bytes) {
    return bytes < (1u << 20) ? fmt::format("{} KiB", bytes >> 10)
                              : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1u << 20));
}

// Holes stay holes.
Result<void> copy_file(int from, int to, const fs::path& name) {
    auto failed = [&](int number) {
        return error(name.string(), std::nullopt,
                     std::string("cannot be written: ") + std::strerror(number),
                     "check the path and the free space");
    };
    const off_t size = ::lseek(from, 0, SEEK_END);
    std::vector<char> chunk(kChunk);
    off_t at = ::lseek(from, 0, SEEK_DATA);
    while (at >= 0 && at < size) {
        ssize_t got = ::pread(from, chunk.data(), chunk.size(), at);
        if (got <= 0) return failed(got < 0 ? errno : EIO);
        for (ssize_t done = 0; done < got;) {
            ssize_t put =
                ::pwrite(to, chunk.data() + done, static_cast<std::size_t>(got - done), at + done);
            if (put < 0) return failed(errno);
            done += put;
        }
        at = ::lseek(from, at + got, SEEK_DATA);
    }
    if (::ftruncate(to, size) != 0) return failed(errno);
    return {};
}

// Copies the draft that the process in the sandbox wrote to where it belongs; "" if that was done,
// else what went wrong. Whoever wrote it may have been led astray: it is a file or nothing.
std::string put_in_place(const fs::path& draft, const fs::path& output) {
    int from = ::open(draft.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status {};
    const bool is_file = from >= 0 && ::fstat(from, &status) == 0 && S_ISREG(status.st_mode);
    auto done = is_file ? replace_file_by(output, kOwnerOnly,
                                          [&](int to) { return copy_file(from, to, output); })
                        : Result<void>(error(output.string(), std::nullopt,
                                             "a mini-dump was expected to be written",
                                             "try again with --sandbox=off"));
    if (from >= 0) ::close(from);
    return done ? "" : to_string(done.error());
}

int write_minidump(const Options& options, const Catalogue& catalogue, const TriageOptions& reading,
                   const Redacting* redacting, const fs::path& draft,
                   const Outside::Service& place) {
    auto inputs = gather_inputs(options.input.inputs, options.input.max_unpacked);
    if (inputs.size() != 1) {
        spdlog::error("one crash was expected, found {}: -o names one file", inputs.size());
        return Exit::usage;
    }
    Result<Input> input = inputs.front().input;
    if (input && redacting != nullptr) input = redacting->input(*input, catalogue, reading);
    if (!input) {
        spdlog::error("{}", to_string(input.error()));
        return Exit::unreadable;
    }
    auto made = make_minidump(*input, catalogue, options.input.output, reading, draft);
    if (!made) {
        spdlog::error("{}", to_string(made.error()));
        return Exit::unreadable;
    }
    if (const std::string answer = place(""); answer != kPlaced) {
        spdlog::error("{}",
                      answer.empty() ? options.input.output + ": nobody put it in place" : answer);
        return Exit::unreadable;
    }
    std::string left_out;
    if (made->user_pages > 0)
        left_out = fmt::format("; left out {} that the analysis read, of programs or files",
                               made->user_pages);
    fmt::print("{}: {}, {} pages{}\n", options.input.output, size_text(made->bytes), made->pages,
               left_out);
    if (made->same_verdict) return Exit::done;
    spdlog::error("{}: the mini-dump gives another verdict than {}; keep the dump",
                  options.input.output, inputs.front().name);
    return Exit::check_failed;
}

int run(const Options& options) {
    auto catalogue = Catalogue::load(options.folders.rules, options.folders.knowledge);
    if (!catalogue) {
        spdlog::error("{}", to_string(catalogue.error()));
        return Exit::usage;
    }
    auto key = options.input.key();
    if (!key) {
        spdlog::error("{}", to_string(key.error()));
        return Exit::usage;
    }
    std::optional<Redacting> redacting;
    if (*key) redacting.emplace(**key);
    const TriageOptions reading = options.input.reading();
    Confinement confinement(options.input, {{}, true, false});
    fs::path draft = confinement.scratch();
    if (!draft.empty()) draft /= "minidump";
    const Outside::Service place = options.input.outside->offer([&](const std::string&) {
        const std::string failure = draft.empty() ? "" : put_in_place(draft, options.input.output);
        return failure.empty() ? std::string(kPlaced) : failure;
    });
    return confinement.run([&] {
        return write_minidump(options, *catalogue, reading, redacting ? &*redacting : nullptr,
                              draft, place);
    });
}

}  // namespace

void add_minidump(CLI::App& app, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* minidump = app.add_subcommand(
        "minidump",
        "Write a small dump of the pages that the analysis of a dump touches, with what crash and\n"
        "drgn need to open it. Its analysis gives the same verdict");
    minidump->add_option("INPUT", options->input.inputs, "The dump, or the folder of a crash")
        ->required();
    minidump->add_option("-o,--output", options->input.output, "The mini-dump; it is replaced")
        ->type_name("FILE")
        ->required();
    options->input.add_reading(*minidump);
    options->input.add_sandbox(*minidump);
    options->folders.add_options(*minidump);
    minidump->footer(
        "Exit status: 0 done, 1 the mini-dump gives another verdict than the dump, 2 the command\n"
        "line is wrong, 3 the input could not be read or the mini-dump not be written.");
    minidump->callback([options, &status] { status = run(*options); });
}

}  // namespace nfstriage::command
