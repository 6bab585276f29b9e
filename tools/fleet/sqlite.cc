#include "fleet/sqlite.h"

#include <sqlite3.h>

namespace nfstriage::fleet {
namespace {

// What the user can do about it.
std::string remedy_for(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
            return "check the free space; the store is as it was before the last results, run the "
                   "same command again";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another process is writing to it; wait until it is done, or use a store of "
                   "your own and merge them later";
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return "check the path and the rights of the file and its folder";
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return "name a store that nfstriage batch made; a damaged one cannot be repaired, "
                   "make it anew";
        default:
            return "check the file";
    }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::reset() {
    if (!statement_) return;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

int Statement::step() {
    if (!statement_ || database_->failed()) return SQLITE_ERROR;
    int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE) database_->note_failure();
    return code;
}

bool Statement::row() {
    if (step() == SQLITE_ROW) return true;
    if (statement_) sqlite3_reset(statement_.get());  // lets go of its lock
    return false;
}

bool Statement::run() {
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = step();
    if (statement_) sqlite3_reset(statement_.get());
    return code == SQLITE_DONE;
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::maybe_number(int column) const {
    if (is_null(column)) return std::nullopt;
    return number(column);
}

std::string Statement::text(int column) const {
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Statement::put(int place, std::int64_t value) {
    sqlite3_bind_int64(statement_.get(), place, value);
}

void Statement::put(int place, std::string_view text) {
    sqlite3_bind_text64(statement_.get(), place, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

void Statement::put(int place, Blob blob) {
    sqlite3_bind_blob64(statement_.get(), place, blob.bytes.data(), blob.bytes.size(),
                        SQLITE_TRANSIENT);
}

void Statement::put_null(int place) { sqlite3_bind_null(statement_.get(), place); }

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Access access) {
    std::unique_ptr<Database> database(new Database(path));
    int flags =
        access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr) != SQLITE_OK) {
        database->note_failure();
        return tl::unexpected<Error>(*database->failure_);
    }
    sqlite3_extended_result_codes(database->handle_, 1);
    return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Statement Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (failed() || sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                       SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        note_failure();
    return {*this, statement};
}

bool Database::run(std::string_view script) {
    if (failed()) return false;
    if (sqlite3_exec(handle_, std::string(script).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
        return true;
    note_failure();
    return false;
}

void Database::wait_for_others(std::chrono::milliseconds time) {
    sqlite3_busy_timeout(handle_, static_cast<int>(time.count()));
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_); }

void Database::note_failure() {
    if (failure_) return;
    int code = handle_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle_);
    const char* words = handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_);
    failure_ =
        Error{path_.string(), std::nullopt,
              std::string("a store that can be used was expected: ") + words, remedy_for(code)};
}

Result<void> Database::check() {
    if (!failure_) return {};
    Error error = std::move(*failure_);
    failure_.reset();
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace nfstriage::fleet
