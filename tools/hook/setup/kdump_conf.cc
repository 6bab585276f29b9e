#include "kdump_conf.h"

#include <array>

namespace nfstriage::setup {
namespace {

constexpr std::string_view kBegin =
    "# Added by \"nfstriage hook install\"; \"nfstriage hook uninstall\" takes it out.\n";
constexpr std::string_view kEnd = "# End of what nfstriage added.\n";
constexpr std::string_view kEndNoNewline =
    "# End of what nfstriage added (the line before had no newline).\n";

constexpr std::string_view kBlank = " \t\r";

// Keyword and value of a line as kdumpctl takes them: without comment and outer blanks.
struct Entry {
    std::string_view keyword, value;
};

Entry entry_of(std::string_view line) {
    line = line.substr(0, line.find('#'));
    std::size_t begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    line = line.substr(begin, line.find_last_not_of(kBlank) - begin + 1);
    std::size_t end = line.find_first_of(kBlank);
    if (end == std::string_view::npos) return {line, {}};
    std::string_view value = line.substr(end);
    return {line.substr(0, end), value.substr(value.find_first_not_of(kBlank))};
}

bool is_target(std::string_view keyword) {
    constexpr std::array<std::string_view, 11> kTargets{
        "raw", "nfs", "nfs4", "ssh", "ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "virtiofs"};
    for (std::string_view target : kTargets)
        if (keyword == target) return true;
    return false;
}

// Our block as a half-open range of the text, and what it stood behind.
struct Block {
    std::size_t begin, end;
    bool after_newline;
};

std::optional<Block> block_of(std::string_view text) {
    std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos) return std::nullopt;
    if (begin != 0 && text[begin - 1] != '\n') return std::nullopt;
    for (auto [mark, after_newline] : {std::pair(kEnd, true), std::pair(kEndNoNewline, false)}) {
        std::size_t end = text.find(mark, begin);
        if (end != std::string_view::npos) return Block{begin, end + mark.size(), after_newline};
    }
    return std::nullopt;
}

}  // namespace

KdumpConf read_kdump_conf(std::string_view text) {
    KdumpConf conf;
    const auto ours = block_of(text);
    std::size_t begin = 0;
    for (std::size_t number = 1; begin < text.size(); ++number) {
        std::size_t end = std::min(text.find('\n', begin), text.size());
        Entry entry = entry_of(text.substr(begin, end - begin));
        if (entry.keyword == "kdump_post" && !conf.post)
            conf.post = KdumpConf::Post{std::string(entry.value), number,
                                        ours && begin >= ours->begin && begin < ours->end};
        else if (entry.keyword == "force_no_rebuild")
            conf.never_rebuilt = entry.value == "1";
        else if (is_target(entry.keyword))
            conf.target = entry.keyword;
        begin = end + 1;
    }
    return conf;
}

std::string add_kdump_post(std::string_view text, std::string_view program) {
    const bool whole_line = text.empty() || text.back() == '\n';
    std::string out(text);
    if (!whole_line) out += '\n';
    out += kBegin;
    out += "kdump_post ";
    out += program;
    out += '\n';
    out += whole_line ? kEnd : kEndNoNewline;
    return out;
}

std::string remove_kdump_post(std::string_view text) {
    auto block = block_of(text);
    if (!block) return std::string(text);
    std::size_t begin = block->begin;
    if (!block->after_newline && begin > 0) --begin;
    return std::string(text.substr(0, begin)) + std::string(text.substr(block->end));
}

}  // namespace nfstriage::setup
