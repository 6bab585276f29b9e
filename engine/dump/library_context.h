// How libkdumpfile is loaded and asked: its functions by name, one opened dump, its attributes.
// Only library*.{h,cc} know the library.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/result.h"

namespace nfstriage::dump::library {

// The functions of the library that we call; they are found by name when it is loaded.
struct Api {
    decltype(&kdump_new) make = nullptr;
    decltype(&kdump_free) free = nullptr;
    decltype(&kdump_open_fdset) open = nullptr;
    decltype(&kdump_get_err) message = nullptr;
    decltype(&kdump_clear_err) clear = nullptr;
    decltype(&kdump_read) read = nullptr;
    decltype(&kdump_get_attr) get = nullptr;
    decltype(&kdump_set_attr) set = nullptr;
    decltype(&kdump_bmp_find_set) find_set = nullptr;
    decltype(&kdump_bmp_find_clear) find_clear = nullptr;
    decltype(&kdump_bmp_incref) hold_bitmap = nullptr;
    decltype(&kdump_bmp_decref) drop_bitmap = nullptr;
    decltype(&kdump_vmcoreinfo_raw) vmcoreinfo = nullptr;
    decltype(&kdump_attr_iter_start) iterate = nullptr;
    decltype(&kdump_attr_iter_next) next = nullptr;
    decltype(&kdump_attr_iter_end) end = nullptr;
    decltype(&kdump_attr_ref_get) get_reference = nullptr;
    decltype(&kdump_get_addrxlat) translation = nullptr;
    decltype(&addrxlat_fulladdr_conv) convert = nullptr;
    decltype(&addrxlat_ctx_decref) drop_context = nullptr;
    decltype(&addrxlat_sys_decref) drop_system = nullptr;

    bool load() {
        constexpr std::array kNames = {"libkdumpfile.so.10", "libkdumpfile.so.12",
                                       "libkdumpfile.so.11", "libkdumpfile.so"};
        void* library = nullptr;
        for (const char* name : kNames)
            if ((library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
        if (library == nullptr) return false;
        bool all = true;
        auto find = [&](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
                ::dlsym(library, name));
            all = all && function != nullptr;
        };
        find(make, "kdump_new");
        find(free, "kdump_free");
        find(open, "kdump_open_fdset");
        find(message, "kdump_get_err");
        find(clear, "kdump_clear_err");
        find(read, "kdump_read");
        find(get, "kdump_get_attr");
        find(set, "kdump_set_attr");
        find(find_set, "kdump_bmp_find_set");
        find(find_clear, "kdump_bmp_find_clear");
        find(hold_bitmap, "kdump_bmp_incref");
        find(drop_bitmap, "kdump_bmp_decref");
        find(vmcoreinfo, "kdump_vmcoreinfo_raw");
        find(iterate, "kdump_attr_iter_start");
        find(next, "kdump_attr_iter_next");
        find(end, "kdump_attr_iter_end");
        find(get_reference, "kdump_attr_ref_get");
        find(translation, "kdump_get_addrxlat");
        find(convert, "addrxlat_fulladdr_conv");
        find(drop_context, "addrxlat_ctx_decref");
        find(drop_system, "addrxlat_sys_decref");
        return all;  // the library stays loaded until the process ends
    }
};

// One opened dump of the library, and the files it reads.
class Context {
public:
    explicit Context(const Api& api) : api_(api), handle_(api.make()) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() {
        if (handle_ != nullptr) api_.free(handle_);
        for (int fd : fds_) ::close(fd);
    }

    const Api& api() const { return api_; }
    kdump_ctx_t* handle() const { return handle_; }

    Result<void> open(const std::vector<std::filesystem::path>& parts) {
        for (const auto& path : parts) {
            int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0)
                return error(path.string(), std::nullopt,
                             std::string("a readable file, found: ") + std::strerror(errno),
                             "check the path");
            fds_.push_back(fd);
        }
        if (handle_ == nullptr ||
            api_.open(handle_, static_cast<unsigned>(fds_.size()), fds_.data()) != KDUMP_OK)
            return error(parts.front().string(), 0,
                         "a dump format that libkdumpfile knows; it says: " + message(),
                         "give a vmcore: kdump-compressed, ELF, LKCD, SADUMP or s390");
        return {};
    }

    std::string message() const {
        const char* text = handle_ != nullptr ? api_.message(handle_) : nullptr;
        return text != nullptr ? text : "no memory";
    }

    std::string text(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_STRING;
        if (api_.get(handle_, key, &attribute) != KDUMP_OK || attribute.type != KDUMP_STRING) {
            api_.clear(handle_);
            return {};
        }
        return attribute.val.string;
    }
    std::optional<std::uint64_t> number(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_NUMBER;
        if (api_.get(handle_, key, &attribute) != KDUMP_OK || attribute.type != KDUMP_NUMBER) {
            api_.clear(handle_);
            return std::nullopt;
        }
        return attribute.val.number;
    }
    bool set_text(const char* key, const std::string& value) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_STRING;
        attribute.val.string = value.c_str();
        bool good = api_.set(handle_, key, &attribute) == KDUMP_OK;
        api_.clear(handle_);
        return good;
    }
    // The caller gets a reference of its own, which the attribute alone does not give.
    kdump_bmp_t* bitmap(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_BITMAP;
        bool good =
            api_.get(handle_, key, &attribute) == KDUMP_OK && attribute.type == KDUMP_BITMAP;
        api_.clear(handle_);
        if (!good) return nullptr;
        api_.hold_bitmap(attribute.val.bitmap);
        return attribute.val.bitmap;
    }

private:
    const Api& api_;
    kdump_ctx_t* handle_;
    std::vector<int> fds_;
};

}  // namespace nfstriage::dump::library
