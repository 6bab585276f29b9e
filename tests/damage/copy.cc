#include "damage/copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace nfstriage::damage {
namespace {

constexpr std::uint64_t kChunk = 1 << 20;

void must(bool done) {
    if (!done) throw std::runtime_error(std::strerror(errno));
}

}  // namespace

Copy::Copy(const std::filesystem::path& original, const std::filesystem::path& copy)
    : original_(original), path_(copy), size_(std::filesystem::file_size(original)) {
    original_fd_ = ::open(original_.c_str(), O_RDONLY | O_CLOEXEC);
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(original_fd_ >= 0 && fd_ >= 0);
    written_[0] = size_;
    restore();
}

Copy::~Copy() {
    ::close(original_fd_);
    ::close(fd_);
}

std::uint8_t Copy::byte(std::uint64_t offset) const {
    std::uint8_t value = 0;
    must(::pread(fd_, &value, 1, static_cast<off_t>(offset)) == 1);
    return value;
}

void Copy::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    must(::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(bytes.size()));
    std::uint64_t& size = written_[offset];
    size = std::max<std::uint64_t>(size, bytes.size());
}

void Copy::cut(std::uint64_t size) {
    must(::ftruncate(fd_, static_cast<off_t>(size)) == 0);
    std::uint64_t& gone = written_[size];
    gone = size_ - std::min(size_, size);
}

void Copy::replace(const std::vector<std::uint8_t>& bytes) {
    cut(0);
    write(0, bytes);
}

void Copy::restore() {
    must(::ftruncate(fd_, static_cast<off_t>(size_)) == 0);
    std::vector<std::uint8_t> bytes;
    for (auto [offset, size] : written_) {
        std::uint64_t end = std::min(size_, offset + size);
        for (std::uint64_t at = offset; at < end; at += kChunk) {
            bytes.resize(static_cast<std::size_t>(std::min(kChunk, end - at)));
            auto count = static_cast<ssize_t>(bytes.size());
            must(::pread(original_fd_, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
                 count);
            must(::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at)) == count);
        }
    }
    written_.clear();
}

}  // namespace nfstriage::damage
