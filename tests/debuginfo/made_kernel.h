// Kernels for tests: a vmlinux and modules of a few lines, compiled with the compiler at hand, that
// tell release, version and build id where real ones do.
#pragma once

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"

namespace nfstriage::test {

namespace fs = std::filesystem;

// A folder in the temporary directory that goes with its owner.
class TestFolder {
public:
    TestFolder() {
        std::string pattern = (fs::temp_directory_path() / "nfstriage-test-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TestFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    const fs::path& path() const { return path_; }

    fs::path write(const fs::path& name, std::string_view bytes) const {
        fs::path file = path_ / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << bytes;
        return file;
    }

private:
    fs::path path_;
};

inline std::string contents(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// uname -m of the compiler at hand.
#if defined(__aarch64__)
inline constexpr const char* kMachine = "aarch64";
#else
inline constexpr const char* kMachine = "x86_64";
#endif

inline void run(const std::string& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

struct MadeKernel {
    std::string release = "4.19.90-made.x86_64";
    std::string version = "#1 SMP Thu Jan 1 00:00:00 UTC 1970";
    std::string build_id = "00112233445566778899aabbccddeeff00112233";
    std::string srcversion = "0123456789ABCDEF0123456";
    bool uts = true;          // init_uts_ns, else the banner alone
    unsigned before_uts = 0;  // bytes of init_uts_ns in front of its names
};

// `options`: further arguments of the compiler.
inline std::string vmlinux(const MadeKernel& kernel, const std::string& options = "-g") {
    TestFolder folder;
    std::string source =
        "int panic(int x) { return x; }\nint exported __attribute__((section(\"__ksymtab\")));\n";
    source += "const char linux_banner[] = \"Linux version " + kernel.release +
              " (who@where) (gcc version 7.3.0 (GCC)) " + kernel.version + "\\n\";\n";
    if (kernel.uts) {
        std::string before = kernel.before_uts == 0
                                 ? ""
                                 : "char before[" + std::to_string(kernel.before_uts) + "]; ";
        source += "struct { " + before + "char names[6][65]; } init_uts_ns = {" +
                  (before.empty() ? "" : "{2}, ") + "{\"Linux\", \"(none)\", \"" + kernel.release +
                  "\", \"" + kernel.version + "\", \"x86_64\", \"(none)\"}};\n";
    }
    fs::path c = folder.write("vmlinux.c", source), out = folder.path() / "vmlinux";
    run("cc " + options + " -fno-pie -no-pie -nostdlib -static -Wl,-e,panic -Wl,--build-id=" +
        (kernel.build_id.empty() ? "none" : "0x" + kernel.build_id) + " -o " + out.string() + " " +
        c.string());
    return contents(out);
}

inline std::string module(const MadeKernel& kernel, const std::string& name,
                          const std::string& build_id, const std::string& options = "-g") {
    TestFolder folder;
    auto info = [n = 0](const std::string& text) mutable {
        return "static const char info" + std::to_string(n++) +
               "[] __attribute__((section(\".modinfo\"), used, aligned(1))) = \"" + text + "\";\n";
    };
    std::string source =
        "int init_module(int x) { return x; }\n" + info("license=GPL") +
        info("srcversion=" + kernel.srcversion) + info("name=" + name) +
        info("vermagic=" + kernel.release + " SMP mod_unload ") +
        "int this_module __attribute__((section(\".gnu.linkonce.this_module\")));\n";
    fs::path c = folder.write("module.c", source), out = folder.path() / (name + ".ko");
    run("cc " + options + " -r -nostdlib -Wl,--build-id=" +
        (build_id.empty() ? "none" : "0x" + build_id) + " -o " + out.string() + " " + c.string());
    return contents(out);
}

// What `objcopy OPTION` leaves of a file: --only-keep-debug, --strip-debug, --strip-all.
inline std::string objcopied(const std::string& bytes, const std::string& option) {
    TestFolder folder;
    fs::path from = folder.write("in", bytes), to = folder.path() / "out";
    run("objcopy " + option + " " + from.string() + " " + to.string());
    return contents(to);
}

}  // namespace nfstriage::test
