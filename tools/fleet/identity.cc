#include "fleet/identity.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "dump/file_bytes.h"
#include "verdict/sha256.h"

namespace nfstriage::fleet {
namespace {

constexpr std::uint64_t kBlock = 4 << 10, kHead = 1 << 20, kTail = 64 << 10, kSamples = 256;
constexpr std::uint64_t kSmall = 4 << 20, kLargestText = 256 << 20;

// A digest of digests, so that no more than a MiB is held at a time.
class Digest {
public:
    explicit Digest(const dump::FileBytes& file) : file_(file) {}

    Result<void> add(std::uint64_t from, std::uint64_t size) {
        for (std::uint64_t end = from + size; from < end;) {
            std::string bytes(static_cast<std::size_t>(std::min(end - from, kHead)), '\0');
            auto read =
                file_.read(from, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
            if (!read)
                return error(file_.name(), from,
                             "a readable file was expected: " + to_string(read.error()),
                             "check the disk that it is on");
            parts_ += verdict::sha256_hex(bytes);
            from += bytes.size();
        }
        return {};
    }

    std::string take() && { return std::move(parts_); }

private:
    const dump::FileBytes& file_;
    std::string parts_;
};

// Of a log everything is read, of a dump what is asked for. A log has no NUL near its start, unless
// it is UTF-16.
bool looks_like_a_log(const dump::FileBytes& file) {
    std::string head(static_cast<std::size_t>(std::min(file.size(), kTail)), '\0');
    if (!file.read(0, {reinterpret_cast<std::uint8_t*>(head.data()), head.size()})) return false;
    return head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff") ||
           head.find('\0') == std::string::npos;
}

Result<std::string> digest_of(const std::filesystem::path& path) {
    auto file = dump::open_plain_file(path);
    if (!file) return tl::unexpected<Error>(file.error());
    std::uint64_t size = (*file)->size();
    Digest digest(**file);
    auto add = [&](std::uint64_t from, std::uint64_t count) { return digest.add(from, count); };
    Result<void> done;
    if (size <= kSmall || (size <= kLargestText && looks_like_a_log(**file))) {
        done = add(0, size);
    } else {
        done = add(0, kHead);
        std::uint64_t between = size - kHead - kTail;
        for (std::uint64_t i = 0; done && i < kSamples; ++i)
            done = add(kHead + between / kSamples * i, kBlock);
        if (done) done = add(size - kTail, kTail);
    }
    if (!done) return tl::unexpected<Error>(done.error());
    return fmt::format("{} {}\n", size, std::move(digest).take());
}

std::string bytes_of_hex(std::string_view hex) {
    auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(value(hex[i]) << 4 | value(hex[i + 1]));
    return bytes;
}

}  // namespace

Result<std::string> identity_of(const Input& input) {
    std::string all;
    auto add = [&](const std::filesystem::path& path) -> Result<void> {
        auto digest = digest_of(path);
        if (!digest) return tl::unexpected<Error>(digest.error());
        all += *digest;
        return {};
    };
    for (const auto& part : input.parts)
        if (auto done = add(part); !done) return tl::unexpected<Error>(done.error());
    if (!input.log.empty()) {
        all += "log\n";
        if (auto done = add(input.log); !done) return tl::unexpected<Error>(done.error());
    }
    return bytes_of_hex(verdict::sha256_hex(all));
}

}  // namespace nfstriage::fleet
