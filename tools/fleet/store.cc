#include "fleet/store.h"

#include <utility>

#include <fmt/format.h>

#include "fleet/schema.h"
#include "fleet/writer.h"

namespace nfstriage::fleet {
namespace {

std::int64_t pragma(Database& database, std::string_view name) {
    Statement statement = database.prepare(fmt::format("PRAGMA {}", name));
    return statement.row() ? statement.number(0) : 0;
}

Error foreign(const std::filesystem::path& path) {
    return {path.string(), std::nullopt,
            "a store of nfstriage was expected, found another program's database",
            "name another file with --store"};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& path, Access access,
                                           std::chrono::milliseconds wait) {
    auto database = Database::open(path, access);
    if (!database) return tl::unexpected<Error>(database.error());
    std::unique_ptr<Store> store(new Store(std::move(*database)));
    store->database_->wait_for_others(wait);
    if (auto ready = store->prepare(access); !ready) return tl::unexpected<Error>(ready.error());
    return store;
}

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}

Store::~Store() = default;

Result<void> Store::prepare(Access access) {
    Database& db = *database_;
    db.run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -4096");
    if (access == Access::write) db.run("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    std::int64_t version = pragma(db, "user_version"), application = pragma(db, "application_id");
    if (auto fine = db.check(); !fine) return fine;
    bool is_new = version == 0 && application == 0 && pragma(db, "schema_version") == 0;
    if (is_new) {
        if (access == Access::read)
            return error(path().string(), std::nullopt,
                         "a store with results was expected, it is empty",
                         "fill it with nfstriage batch");
        if (auto made = make_tables(); !made) return made;
    } else if (application != kApplicationId) {
        return tl::unexpected<Error>(foreign(path()));
    } else if (version != kStoreVersion) {
        return error(
            path().string(), std::nullopt,
            fmt::format("a store of version {} was expected, this is version {}", kStoreVersion,
                        version),
            "use the nfstriage that made it, or analyse the inputs again into a new store");
    }
    if (access == Access::write) writer_ = std::make_unique<Writer>(db);
    find_source_ = db.prepare("SELECT stamp, result IS NOT NULL FROM source WHERE path = ?1");
    find_identity_ = db.prepare("SELECT 1 FROM result WHERE identity = ?1");
    return db.check();
}

Result<void> Store::make_tables() {
    Database& db = *database_;
    db.run("BEGIN IMMEDIATE");
    // Another process may have been first.
    if (!db.failed() && pragma(db, "user_version") == 0) {
        db.run(kSchema);
        db.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                           kStoreVersion));
    }
    db.run("COMMIT");
    return db.check();
}

std::optional<SourceState> Store::source(const std::string& path) {
    find_source_->bind(path);
    if (!find_source_->row()) return std::nullopt;
    SourceState state{find_source_->text(0), find_source_->number(1) != 0};
    find_source_->run();
    return state;
}

bool Store::has(std::string_view identity) {
    bool found = find_identity_->bind(Statement::blob(identity)).row();
    if (found) find_identity_->run();
    return found;
}

Result<Added> Store::add(const std::vector<Entry>& entries,
                         const std::vector<Duplicate>& duplicates) {
    Added added;
    Database& db = *database_;
    db.run("BEGIN IMMEDIATE");
    for (const Entry& entry : entries) writer_->add(entry, added);
    for (const Duplicate& duplicate : duplicates) writer_->add(duplicate, added);
    db.run("COMMIT");
    if (auto done = db.check(); !done) {
        db.run("ROLLBACK");
        // Where SQLite has rolled back by itself, that is no news.
        [[maybe_unused]] auto ignored = db.check();
        return tl::unexpected<Error>(done.error());
    }
    return added;
}

}  // namespace nfstriage::fleet
