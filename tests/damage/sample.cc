#include "damage/sample.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>

#include "base/text.h"
#include "dump/dump.h"
#include "kernel/printk.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kdump_writer.h"
#include "triage.h"
#include "triage/catalogue.h"

namespace nfstriage::damage {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

bool is_dump(const fs::path& file) {
    return file.filename() == "vmcore" || file.extension() == ".vmcore";
}

bool is_log(const fs::path& file) {
    return file.extension() == ".log" || file.filename().string().ends_with(".console.txt");
}

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

std::unique_ptr<dump::Dump> opened(const fs::path& file) {
    auto dump = dump::Dump::open({file});
    if (!dump) throw std::runtime_error(to_string(dump.error()));
    return std::move(*dump);
}

// The pages that an analysis reads, and the headers, as a machine that writers take.
mkdump::Machine machine_of(const fs::path& file) {
    class Pages : public dump::Observer {
    public:
        void read(dump::PRange given) override {
            numbers.insert(given.begin.value / mkdump::kGranule);
        }
        void secret(std::span<const dump::PRange>, dump::Secret) override {}
        std::set<std::uint64_t> numbers;
    };
    auto pages = std::make_shared<Pages>();
    TriageOptions options;
    options.observer = pages;
    Input input;
    input.parts = {file};
    (void)triage(input, test::catalogue(), options);
    auto dump = opened(file);
    mkdump::Machine machine;
    machine.arch = dump->arch();
    machine.uname = dump->uname();
    for (std::string_view line : split(dump->raw_headers().vmcoreinfo, '\n'))
        if (!line.empty()) machine.vmcoreinfo.emplace_back(line);
    machine.cpus = dump->cpu_notes();
    machine.phys_base = dump->raw_headers().phys_base.value_or(0);
    mkdump::File bytes(mkdump::kGranule);
    for (std::uint64_t number : pages->numbers)
        if (dump->read_physical(PAddr{number * mkdump::kGranule}, bytes))
            machine.memory[number] = bytes;
    return machine;
}

// What only its writer differs in, the packed forms and the crash directory of one dump.
void add_forms(std::vector<Sample>& samples, const Sample& of, const fs::path& scratch) {
    fs::path folder = scratch / std::to_string(samples.size());
    fs::create_directories(folder);
    auto add = [&](const char* form_name, Form form, const fs::path& file) {
        samples.push_back({of.name + " (" + form_name + ")", form, file, of.profile, false, true});
    };
    auto log = kernel::read_printk(*opened(of.file));
    if (!log) throw std::runtime_error(of.name + ": " + log.error().what);
    std::string text = kernel::to_console_text(*log);
    std::vector<std::uint8_t> text_bytes(text.begin(), text.end());
    write_bytes(folder / "console.log", text_bytes);
    add("log", Form::log, folder / "console.log");

    write_bytes(folder / "elf.vmcore", mkdump::write_elf(machine_of(of.file), {}));
    add("ELF", Form::dump, folder / "elf.vmcore");
    write_bytes(folder / "flat.vmcore", mkdump::flatten(read_bytes(of.file), {}));
    add("flattened", Form::dump, folder / "flat.vmcore");

    run("gzip -c " + quoted(of.file) + " > " + quoted(folder / "vmcore.gz"));
    add("gzip", Form::packed, folder / "vmcore.gz");
    run("xz -0 -c " + quoted(of.file) + " > " + quoted(folder / "vmcore.xz"));
    add("xz", Form::packed, folder / "vmcore.xz");
    for (const char* damaged : {"vmcore", "vmcore-dmesg.txt"}) {
        fs::path crash = folder / (std::string("crash-") + damaged);
        fs::create_directories(crash);
        fs::copy_file(of.file, crash / "vmcore");
        write_bytes(crash / "vmcore-dmesg.txt", text_bytes);
        add((std::string("directory: ") + damaged).c_str(), Form::directory, crash / damaged);
    }
    run("tar -C " + quoted(folder / "crash-vmcore") + " -czf " + quoted(folder / "crash.tar.gz") +
        " vmcore vmcore-dmesg.txt");
    add("tar", Form::packed, folder / "crash.tar.gz");
}

}  // namespace

std::vector<std::uint8_t> read_bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::vector<Sample> find_samples(const fs::path& folder, const fs::path& scratch,
                                 const std::string& wanted) {
    std::vector<Sample> samples;
    for (const fs::path& file : files_below(folder)) {
        std::string name = fs::relative(file, folder).string();
        if (is_log(file)) samples.push_back({name, Form::log, file});
        if (!is_dump(file)) continue;
        Sample plain{name, Form::dump, file};
        samples.push_back(plain);
        fs::path profile = file.parent_path() / "kernel.nfsprofile";
        if (fs::exists(profile))
            samples.push_back({name + " (profile)", Form::dump, file, profile,
                               fs::exists(file.parent_path() / "scene.recipe")});
        if (wanted.empty() || wanted.starts_with(name + " (")) add_forms(samples, plain, scratch);
    }
    if (samples.empty()) throw std::runtime_error("no dump and no log in " + folder.string());
    return samples;
}

std::vector<Sample> find_corpus(const fs::path& folder, const fs::path& scratch,
                                const std::string& wanted) {
    std::vector<Sample> samples;
    for (const fs::path& file : files_below(folder)) {
        std::string name = "corpus/" + fs::relative(file, folder).string();
        if (is_dump(file)) samples.push_back({name, Form::dump, file});
        if (is_log(file)) samples.push_back({name, Form::log, file});
        bool is_wanted = wanted.empty() || wanted == name;
        if (file.extension() != ".xz" || !is_dump(file.stem()) || !is_wanted) continue;
        fs::path unpacked = scratch / file.stem();
        run("xz -dkc " + quoted(file) + " > " + quoted(unpacked));
        samples.push_back({name, Form::dump, unpacked});
    }
    return samples;
}

std::vector<fs::path> profiles_of(const std::vector<Sample>& samples) {
    std::set<fs::path> profiles;
    for (const Sample& sample : samples)
        if (!sample.profile.empty()) profiles.insert(sample.profile);
    return {profiles.begin(), profiles.end()};
}

}  // namespace nfstriage::damage
