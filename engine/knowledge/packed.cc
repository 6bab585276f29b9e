#include "knowledge/packed.h"

#include "base/packed.h"

namespace nfstriage::knowledge {

template <class Archive>
void fields(Archive& archive, Probe& probe) {
    archive(probe.kind, probe.name, probe.structure, probe.member, probe.caller, probe.callee,
            probe.bit, probe.own);
}

template <class Archive>
void fields(Archive& archive, PackagedCommit& packaged) {
    archive(packaged.distribution, packaged.package, packaged.version, packaged.reverted);
}

template <class Archive>
void fields(Archive& archive, Commit& commit) {
    archive(commit.commit, commit.subject, commit.release, commit.stable, commit.role,
            commit.any_of, commit.note, commit.packages);
}

template <class Archive>
void fields(Archive& archive, FixSet& set) {
    archive(set.name, set.commits);
}

template <class Archive>
void fields(Archive& archive, Regression& regression) {
    archive(regression.by, regression.what, regression.repair, regression.release);
}

template <class Archive>
void fields(Archive& archive, Range& range) {
    archive(range.introduced, range.fixed, range.last_affected);
}

template <class Archive>
void fields(Archive& archive, Step& step) {
    archive(step.what, step.command);
}

template <class Archive>
void fields(Archive& archive, Record& record) {
    archive(record.id, record.title, record.details, record.kind, record.aliases, record.ranges,
            record.component, record.effect, record.trigger, record.arch, record.modules,
            record.configs, record.symbols, record.kinds, record.backtrace, record.named,
            record.fix_sets, record.regressions, record.workaround, record.collect, record.sources);
}

std::string pack(const Library& library) {
    PackWriter writer;
    writer(library.records.size());
    for (const auto& [id, record] : library.records) writer(record);
    return writer.take();
}

Result<Library> unpack(std::string_view bytes) {
    Library library;
    PackReader reader(bytes);
    std::size_t count = 0;
    reader(count);
    for (; count > 0 && !reader.failed(); --count) {
        Record record;
        reader(record);
        std::string id = record.id;
        library.records.emplace_hint(library.records.end(), std::move(id), std::move(record));
    }
    if (reader.failed() || !reader.at_end())
        return error("", std::nullopt, "expected packed records of this program",
                     "install the program again");
    return library;
}

}  // namespace nfstriage::knowledge
