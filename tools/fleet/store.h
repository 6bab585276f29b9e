// The results of many crashes in one file, a SQLite database (schema.h). A rollback journal, which
// network file systems can hold too; results are written in short transactions, so that a kill or a
// full disk at any moment leaves the store as it was after one of them.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fleet/crash_result.h"
#include "fleet/sqlite.h"

namespace nfstriage::fleet {

// A failure: why a file gave no verdict.
using Outcome = std::variant<CrashResult, Error>;

struct Entry {
    std::string path;   // of the source, as the user would name it; "": it has another content now
    std::string stamp;  // of its files: size and times
    std::string identity;  // of its content (identity.h); "" where it could not be read
    std::int64_t seen_s = 0;
    Outcome outcome;
};

// A source whose content the store had under another name.
struct Duplicate {
    std::string path, stamp, identity;
    std::int64_t seen_s = 0;
};

struct SourceState {
    std::string stamp;
    bool has_verdict = false;
};

struct Added {
    std::size_t results = 0, duplicates = 0, failures = 0;
};

class Store {
public:
    // `write` makes it where there is none. Errors: no store, of another program, of a newer
    // version; busy for longer than `wait`.
    static Result<std::unique_ptr<Store>> open(
        const std::filesystem::path& path, Access access,
        std::chrono::milliseconds wait = std::chrono::seconds(10));
    ~Store();

    std::optional<SourceState> source(const std::string& path);
    bool has(std::string_view identity);

    // All of it or nothing, synced. What is there already is not added again: a source keeps its
    // verdict, and a failure gives way to one. Errors: what SQLite says; nothing was added.
    Result<Added> add(const std::vector<Entry>& entries,
                      const std::vector<Duplicate>& duplicates = {});

    // For reports.
    Database& database() { return *database_; }
    const std::filesystem::path& path() const { return database_->path(); }

private:
    explicit Store(std::unique_ptr<Database> database);
    Result<void> prepare(Access access);
    Result<void> make_tables();
    void make_statements();

    std::unique_ptr<Database> database_;
    std::unique_ptr<class Writer> writer_;  // null: for reading only
    std::optional<Statement> find_source_, find_identity_;
};

}  // namespace nfstriage::fleet
