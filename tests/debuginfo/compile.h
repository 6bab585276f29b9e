// Objects for tests, made from a few lines of C with the compiler at hand, in a folder of their own
// that is removed with the object. Compilers: cc, and aarch64-linux-gnu-gcc where it is installed.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace nfstriage::debuginfo::test {

inline constexpr std::string_view kCrossCompiler = "aarch64-linux-gnu-gcc";

class Workshop {
public:
    Workshop() {
        std::string name = (std::filesystem::temp_directory_path() / "nfstriage-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    ~Workshop() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    std::filesystem::path path(std::string_view name) const { return folder_ / name; }

    std::filesystem::path write(std::string_view name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }

    // Whether a program is installed.
    static bool has(std::string_view program) {
        std::string command = "command -v " + std::string(program) + " >/dev/null 2>&1";
        return std::system(command.c_str()) == 0;
    }

    // Runs a command line inside the folder and gives its standard output; throws when it fails.
    std::string run(const std::string& command) const {
        std::string line = "cd '" + folder_.string() + "' && " + command;
        std::FILE* pipe = ::popen(line.c_str(), "r");
        if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
        std::string output;
        char buffer[4096];
        for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
            output.append(buffer, n);
        if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
        return output;
    }

    // Compiles C source text to `name`: an ET_REL object with options "-c", else a program.
    // Example: compile("a.o", "int f(void) { return 1; }", "-g -c"), with `compiler` for aarch64.
    std::filesystem::path compile(std::string_view name, std::string_view source,
                                  const std::string& options,
                                  std::string_view compiler = "cc") const {
        std::string file(name);
        write(file + ".c", source);
        run(std::string(compiler) + " " + options + " -o '" + file + "' '" + file + ".c'");
        return path(name);
    }

private:
    std::filesystem::path folder_;
};

inline std::string read_whole(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace nfstriage::debuginfo::test
