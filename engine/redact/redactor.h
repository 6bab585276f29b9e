// Replaces what names people and machines in text: in names, of which everything is replaced, and
// in sentences, lines of a console log, where the kernel's own words must stay as they are, or
// nobody could tell any more what it reported. In sentences these go: addresses, absolute paths,
// "host:/path", uuids, what follows the words that introduce a host in messages of NFS, SUNRPC and
// lockd, the host in front of syslog lines, values of mount options and of the kernel's command
// line, and every word that was learned. Text keeps its length.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "redact/tokens.h"

namespace nfstriage::redact {

class Redactor {
public:
    explicit Redactor(const Key& key);
    ~Redactor();

    const Tokens& tokens() const { return tokens_; }

    // Text that is a name or made of names: a host, a file, a path, a principal.
    std::string name(std::string_view text) const { return tokens_.name(text); }

    // Lines of a log; the name of a thread.
    std::string sentence(std::string_view text) const;

    // Words that are nobody's name, whoever says so: the kernel's release. Before anything is
    // learned.
    void keep(std::string_view text);
    // A host whose name is to go wherever it stands as a word.
    void learn_host(std::string_view name);
    // A name that is to go where it stands as a word and cannot be taken for one of the kernel's:
    // of at least 4 bytes, of which one is neither letter nor '_'.
    void learn_name(std::string_view name);
    // The hosts that lines of a log introduce as such.
    void learn_hosts_of(std::string_view log);

private:
    struct Patterns;
    void line(std::string_view text, std::string& out) const;
    void learn_hosts_of_line(std::string_view line);
    bool is_learned(std::string_view word) const;

    Tokens tokens_;
    std::unique_ptr<Patterns> patterns_;
    std::set<std::string, std::less<>> kept_, hosts_, names_, long_addresses_;
};

}  // namespace nfstriage::redact
