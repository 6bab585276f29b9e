// A copy of a file that is damaged and put right again, so that the next damage is the only one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

namespace nfstriage::damage {

class Copy {
public:
    // Throw where the system does not let us.
    Copy(const std::filesystem::path& original, const std::filesystem::path& copy);
    ~Copy();
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }  // of the original, in bytes
    std::uint8_t byte(std::uint64_t offset) const;

    void write(std::uint64_t offset, std::span<const std::uint8_t> bytes);
    void cut(std::uint64_t size);
    // Instead of everything.
    void replace(const std::vector<std::uint8_t>& bytes);
    void restore();

private:
    std::filesystem::path original_, path_;
    int original_fd_ = -1, fd_ = -1;
    std::uint64_t size_ = 0;
    std::map<std::uint64_t, std::uint64_t> written_;  // offset -> size; not yet put right
};

}  // namespace nfstriage::damage
