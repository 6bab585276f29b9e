#include "debuginfo/dwarf_types.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "debuginfo/btf_builder.h"
#include "debuginfo/dwarf_types_names.h"
#include "debuginfo/dwarf_types_reader.h"
#include "debuginfo/dwarf_types_search.h"
#include "debuginfo/dwarf_types_shape.h"

namespace nfstriage::debuginfo {
namespace {

// A file with as few units is read as a whole, as a module is.
constexpr std::size_t kFewUnits = 256;
constexpr std::size_t kMostRemarks = 100;
constexpr std::size_t kMostEnumerators = 65536;                // of one enumeration
constexpr std::uint64_t kMostBytes = std::uint64_t{32} << 20;  // of BTF; a kernel's own has 4 MB
constexpr unsigned kUnitsBetweenReleases = 16;
constexpr unsigned kNear = 2;  // what parameters point to is as near as what roots point to twice

// Where a kernel with NFS built in has what is in modules elsewhere.
constexpr std::string_view kNfsFolders[] = {"fs/nfs/", "fs/nfsd/", "fs/lockd/", "fs/nfs_common/",
                                            "net/sunrpc/"};

bool starts_with_any(std::string_view name, const auto& folders) {
    return std::any_of(std::begin(folders), std::end(folders), [&](std::string_view folder) {
        return name.substr(0, folder.size()) == folder;
    });
}

// The names of the units below the root of the source tree. They are relative to it, or to the
// folder of the build, or absolute; init/main.c is where the root is.
std::vector<std::string> unit_names(const DwarfObject& object) {
    constexpr std::string_view kKnown = "init/main.c";
    std::vector<std::string> names;
    std::string root;
    for (const DwarfUnit& unit : object.units()) {
        Die die = object.die_at(unit.die);
        std::string name(die ? die.name() : std::string_view());
        if (name.size() > kKnown.size() && name.ends_with("/" + std::string(kKnown)))
            root = name.substr(0, name.size() - kKnown.size());
        names.push_back(std::move(name));
        if (names.size() % 256 == 0) object.release();
    }
    for (std::string& name : names)
        if (!root.empty() && name.rfind(root, 0) == 0) name.erase(0, root.size());
    return names;
}

class Collector {
public:
    explicit Collector(const TypeOptions& options) : options_(options) {
        for (const std::string& root : options.roots) {
            auto space = root.find(' ');
            if (space == std::string::npos) continue;
            std::string kind = root.substr(0, space);
            roots_[kind].add(std::string_view(root).substr(space + 1));
            if (root.back() != '*') missing_.insert(root);
        }
        for (const std::string& name : options.enumerators) enumerators_.add(name);
    }

    void read_whole(const DwarfObject& object) {
        for (std::size_t unit = 0; unit < object.units().size(); ++unit)
            read(object, unit, {.families = true, .compare = unit == 0});
    }
    void read_kernel(const DwarfObject& object);
    void follow() { reader_.follow(options_.follow_until_bytes); }
    Result<CollectedTypes> finish(std::vector<std::string> remarks) const;

private:
    struct Wish {
        bool families = false;  // names with a star, enumerators, functions
        bool compare = false;   // members of roots with what was taken before, not the size only
    };
    using Entry = TypeReader::Entry;

    void read(const DwarfObject& object, std::size_t unit, Wish wish);
    void take(const Entry& entry, Wish wish);
    void take_root(const Entry& entry, const std::string& spelling, Wish wish);
    bool has_wanted_enumerator(const Entry& entry);

    const TypeOptions& options_;
    BtfBuilder builder_;
    TypeReader reader_{builder_};
    std::map<std::string, NameSet, std::less<>> roots_;  // by "struct", "union", "enum", "typedef"
    NameSet enumerators_;
    std::set<std::string> missing_;               // roots without star
    std::unordered_set<std::string> seen_enums_;  // by their first enumerator
    std::set<std::string> differences_;
    std::uint64_t units_read_ = 0, functions_ = 0;
};

void Collector::read(const DwarfObject& object, std::size_t unit, Wish wish) {
    if (!reader_.enter(object, unit)) return;
    if (++units_read_ % kUnitsBetweenReleases == 0) object.release();
    for (const Entry& entry : reader_.entries()) {
        if (builder_.bytes() > kMostBytes) return;
        take(entry, wish);
    }
}

void Collector::take(const Entry& entry, Wish wish) {
    if (entry.tag == DW_TAG_subprogram) {
        if (wish.families && reader_.function(entry, kNear)) ++functions_;
        return;
    }
    std::string_view word = kind_word(entry.tag);
    if (word.empty()) return;
    if (!entry.name.empty()) {
        auto names = roots_.find(word);
        bool wanted =
            names != roots_.end() && (names->second.has_exact(entry.name) ||
                                      (wish.families && names->second.has_family(entry.name)));
        if (wanted) {
            std::string spelling(word);
            take_root(entry, spelling.append(" ").append(entry.name), wish);
            return;
        }
        reader_.notice(entry);
    }
    if (wish.families && entry.tag == DW_TAG_enumeration_type && has_wanted_enumerator(entry))
        reader_.type(entry);
}

void Collector::take_root(const Entry& entry, const std::string& spelling, Wish wish) {
    if (entry.tag == DW_TAG_enumeration_type || entry.tag == DW_TAG_typedef) {
        if (entry.tag == DW_TAG_enumeration_type && entry.die.flag(DW_AT_declaration)) return;
        if (reader_.type(entry)) missing_.erase(spelling);
        return;
    }
    bool first = reader_.define(entry, 1);
    const TypeReader::Tagged* known = reader_.find(spelling);
    if (known != nullptr && builder_.defined(known->id)) missing_.erase(spelling);
    if (first) return;
    std::string difference = reader_.difference(entry, wish.compare);
    if (!difference.empty()) differences_.insert(difference);
}

bool Collector::has_wanted_enumerator(const Entry& entry) {
    bool first = true;
    std::size_t seen = 0;
    for (Die child = entry.die.child(); child && seen < kMostEnumerators;
         child = child.sibling(), ++seen) {
        std::string_view name = child.name();
        // The same header is in many units.
        if (first && !seen_enums_.emplace(name).second) return false;
        first = false;
        if (enumerators_.has(name)) return true;
    }
    return false;
}

void Collector::read_kernel(const DwarfObject& object) {
    auto names = unit_names(object);
    std::set<std::size_t> done;
    for (std::size_t unit = 0; unit < names.size(); ++unit)
        if (starts_with_any(names[unit], kNfsFolders)) {
            read(object, unit, {.families = true, .compare = false});
            done.insert(unit);
        }
    if (missing_.empty()) return;
    Definitions places = find_definitions(object, missing_);
    for (std::size_t unit : places.units)
        if (!missing_.empty() && done.insert(unit).second)
            read(object, unit, {.families = false, .compare = true});
    if (places.conclusive) return;
    for (std::size_t unit = 0; unit < names.size() && !missing_.empty(); ++unit)
        if (done.insert(unit).second) read(object, unit, {});
}

Result<CollectedTypes> Collector::finish(std::vector<std::string> remarks) const {
    CollectedTypes result;
    result.remarks = std::move(remarks);
    for (const std::string& remark : reader_.remarks()) result.remarks.push_back(remark);
    for (const std::string& difference : differences_) result.remarks.push_back(difference);
    if (result.remarks.size() > kMostRemarks) {
        result.remarks.resize(kMostRemarks);
        result.remarks.push_back("more of the same");
    }
    result.missing.assign(missing_.begin(), missing_.end());
    result.structures = reader_.structures();
    if (result.structures == 0)
        return error("", {},
                     "none of the files describes a type that is needed" +
                         (result.remarks.empty() ? "" : ": " + result.remarks.front()),
                     "give vmlinux and the NFS modules of one kernel, with debug information");
    auto btf = builder_.finish();
    if (!btf) return error("", {}, btf.error().what, "give the debug files of one kernel only");
    result.btf = std::move(*btf);
    result.types = builder_.types();
    result.functions = functions_;
    result.units_read = units_read_;
    return result;
}

}  // namespace

Result<CollectedTypes> collect_types(const std::vector<const DwarfObject*>& objects,
                                     const TypeOptions& options) {
    Collector collector(options);
    std::vector<std::string> remarks;
    std::set<std::filesystem::path> alternates;
    std::vector<const DwarfObject*> kernels;
    for (const DwarfObject* object : objects) {
        if (!object->missing_alternate().empty())
            remarks.push_back(object->elf().path().filename().string() + ": " +
                              object->missing_alternate());
        if (!object->damage().empty())
            remarks.push_back(object->elf().path().filename().string() + ": " + object->damage());
        if (object->elf().relocatable() || object->units().size() <= kFewUnits)
            collector.read_whole(*object);
        else
            kernels.push_back(object);
    }
    // What dwz moved out of the files above, once.
    for (const DwarfObject* object : objects)
        if (const DwarfObject* alternate = object->alternate();
            alternate != nullptr && alternates.insert(alternate->elf().path()).second)
            collector.read_whole(*alternate);
    for (const DwarfObject* kernel : kernels) collector.read_kernel(*kernel);
    collector.follow();
    return collector.finish(std::move(remarks));
}

}  // namespace nfstriage::debuginfo
