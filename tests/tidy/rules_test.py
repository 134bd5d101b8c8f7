#!/usr/bin/env python3
"""The rules of the house that no compiler checks, held against the sources: which room may include which, where
OpenSSL, Asio and the TPM's library are at home, who may ask for the time. Each test prints the lines that break it."""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')

# Calls that only OpenSSL 3 has, by file. AWS-LC and BoringSSL lack them, and a build against AWS-LC is meant to stay
# possible; a new line here needs a reason.
OPENSSL_3_CALLS = re.compile(
    r"\b(OSSL_\w+|EVP_MAC\w*|EVP_KDF\w*|EVP_RAND\w*|EVP_\w+_fetch|EVP_PKEY_fromdata\w*|EVP_PKEY_get_\w+_param"
    r"|EVP_PKEY_todata|EVP_PKEY_get_group_name|EVP_PKEY_is_a|EVP_PKEY_Q_keygen|EVP_Q_\w+|\w+_ex2)\s*\(")
OPENSSL_3_FILES = {
    # Whether a curve was given by explicit parameters: the older libraries refuse such keys by themselves.
    "src/crypto/key.cpp": ["EVP_PKEY_get_int_param", "EVP_PKEY_get_group_name"],
    # OpenSSL 3 looks an algorithm up in each call that does not bring it: 3.6 us a code instead of 0.9.
    "src/crypto/hash.cpp": [
        "EVP_MD_fetch", "EVP_MAC_fetch", "EVP_MAC_CTX_new", "EVP_MAC_CTX_dup", "EVP_MAC_CTX_set_params", "EVP_MAC_init",
        "EVP_MAC_update", "EVP_MAC_final", "OSSL_PARAM_construct_utf8_string", "OSSL_PARAM_construct_end"],
    # Which of OpenSSL 3's algorithms TLS may use. The others have no providers and decode a key at once: nothing to
    # select there.
    "src/net/tls_algorithms.cpp": [
        "OSSL_PROVIDER_query_operation", "OSSL_PROVIDER_get_capabilities", "OSSL_PROVIDER_get0_provider_ctx",
        "OSSL_PROVIDER_load", "OSSL_PROVIDER_add_builtin", "OSSL_LIB_CTX_new", "OSSL_LIB_CTX_free"],
}

# Boost in headers: forward declarations anywhere, Asio in net, and the headers of base that are the alias for Asio's
# coroutine type and the ways of resuming and of awaiting one. Beast, which takes seconds to compile, nowhere.
ASIO_IN_HEADERS = ("src/net/", "src/base/task.hpp", "src/base/completion.hpp")
# The sources of base in which a loop runs, and in which Asio itself is compiled.
ASIO_IN_SOURCES = ("src/base/run_task.cpp", "src/base/asio.cpp")


def relative(path):
    return path.relative_to(ROOT).as_posix()


def cpp_files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                yield path


def lines_of(path):
    return enumerate(path.read_text(encoding="utf-8").split("\n"), 1)


def includes_of(path):
    """Line number and the included name, whichever way it is quoted."""
    for number, line in lines_of(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2)


def code_of(line):
    """A line without its comment; good enough for looking for names."""
    return re.sub(r"//.*", "", line)


def is_test(path):
    """Tests, and what only tests include."""
    return path.stem.endswith("_test")


def rooms():
    """Each room's name, what it links and what its tests may use besides, in the order in which they are declared."""
    declared = {}
    texts = [(SOURCES / "CMakeLists.txt").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("*/CMakeLists.txt"))]
    for text in texts:
        for body in re.findall(r"^\s*muster_room\(([^)]*)\)", text, re.MULTILINE):
            words = body.split()
            part, parts = "name", {"name": []}
            for word in words:
                if word in ("LINKS", "LIBRARIES", "TEST_LIBRARIES"):
                    part = word
                    parts[part] = []
                else:
                    parts[part].append(word)
            tests = [word.removeprefix("muster_") for word in parts.get("TEST_LIBRARIES", [])]
            declared[parts["name"][0]] = (parts.get("LINKS", []), tests)
    return declared


def project_files():
    """Everything that is or would be committed."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


class Rules(unittest.TestCase):
    def none(self, broken):
        self.assertFalse(broken, "\n" + "\n".join(broken))

    def test_each_room_links_only_rooms_that_are_declared_before_it(self):
        seen, broken = [], []
        for room, (links, _) in rooms().items():
            broken += [f"{room} links {link}" for link in links if link not in seen]
            seen.append(room)
        self.none(broken)

    def test_each_folder_under_src_is_a_room(self):
        folders = {path.relative_to(SOURCES).parts[0] for path in cpp_files("src")}
        self.assertEqual(folders, set(rooms()))

    def test_each_room_includes_only_what_it_links(self):
        declared, broken = rooms(), []
        for path in cpp_files("src"):
            room = path.relative_to(SOURCES).parts[0]
            links, tests = declared[room]
            allowed = {room, *links, *(tests if is_test(path) else [])}
            for number, name in includes_of(path):
                first = name.split("/")[0]
                if "/" in name and first in declared and first not in allowed:
                    broken.append(f"{relative(path)}:{number}: {room} does not link {first}")
        self.none(broken)

    def test_openssl_is_included_only_by_crypto_and_net_and_in_no_header(self):
        broken = []
        for path in cpp_files("src", "apps"):
            room = path.relative_to(ROOT).parts[1]
            for number, name in includes_of(path):
                if not name.startswith("openssl/"):
                    continue
                private_header = path.name == "native.hpp" and room in ("crypto", "net")
                if not is_test(path) and (room not in ("crypto", "net") or (path.suffix == ".hpp" and not private_header)):
                    broken.append(f"{relative(path)}:{number}: {name}")
        self.none(broken)

    def test_calls_that_only_openssl_3_has_stand_in_the_files_listed(self):
        broken = []
        for path in cpp_files("src", "apps"):
            if is_test(path):
                continue
            for number, line in lines_of(path):
                for call in OPENSSL_3_CALLS.findall(code_of(line)):
                    if call not in OPENSSL_3_FILES.get(relative(path), ()):
                        broken.append(f"{relative(path)}:{number}: {call}")
        self.none(broken)

    def test_the_list_of_openssl_3_calls_names_nothing_that_is_gone(self):
        gone = []
        for name, calls in OPENSSL_3_FILES.items():
            text = (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).exists() else ""
            gone += [f"{name}: {call}" for call in calls if call not in text]
        self.none(gone)

    def test_headers_include_no_boost_but_forward_declarations(self):
        broken = []
        for path in cpp_files("src"):
            if path.suffix != ".hpp" or is_test(path):
                continue
            for number, name in includes_of(path):
                if not name.startswith("boost/") or name.endswith("/fwd.hpp"):
                    continue
                if not (name.startswith("boost/asio/") and relative(path).startswith(ASIO_IN_HEADERS)):
                    broken.append(f"{relative(path)}:{number}: {name}")
        self.none(broken)

    def test_asio_and_beast_are_at_home_in_net(self):
        broken = []
        for path in cpp_files("src"):
            room = path.relative_to(SOURCES).parts[0]
            # A test runs coroutines, and the place where everything is joined starts them.
            if room in ("net", "server") or is_test(path) or relative(path).startswith(ASIO_IN_HEADERS + ASIO_IN_SOURCES):
                continue
            for number, name in includes_of(path):
                if name.startswith(("boost/asio", "boost/beast")):
                    broken.append(f"{relative(path)}:{number}: {name}")
        self.none(broken)

    def test_the_tpm_library_is_used_by_the_agent_alone(self):
        broken = []
        for path in cpp_files("src", "apps", "bench"):
            if path.relative_to(ROOT).parts[:2] != ("src", "agent"):
                broken += [f"{relative(path)}:{number}: {name}" for number, name in includes_of(path)
                           if name.startswith("tss2/")]
        self.none(broken)

    def test_yaml_cpp_is_included_by_the_reader_of_fleets_files_alone(self):
        self.none([f"{relative(path)}:{number}: {name}" for path in cpp_files("src", "apps")
                   for number, name in includes_of(path)
                   if name.startswith("yaml-cpp/") and relative(path) != "src/cli/fleet/yaml.cpp"])

    def test_proton_is_included_by_the_engine_in_net_alone(self):
        broken = [f"{relative(path)}:{number}: {name}" for path in cpp_files("src", "apps")
                  for number, name in includes_of(path)
                  if name.startswith("proton/") and relative(path) != "src/net/amqp_engine.cpp"
                  and not (is_test(path) and relative(path).startswith("src/net/"))]
        self.none(broken)

    def test_libmaxminddb_is_used_by_the_locator_alone(self):
        self.none([f"{relative(path)}:{number}: {name}" for path in cpp_files("src", "apps")
                   for number, name in includes_of(path)
                   if name == "maxminddb.h" and relative(path) != "src/server/geo_locator.cpp"])

    def test_sqlite_is_used_by_the_store_alone(self):
        broken = []
        for path in cpp_files("src", "apps"):
            if path.relative_to(ROOT).parts[:2] != ("src", "store"):
                broken += [f"{relative(path)}:{number}: {name}" for number, name in includes_of(path)
                           if name.startswith("sqlite3")]
        self.none(broken)

    def test_only_the_clock_asks_what_time_it_is(self):
        asks = re.compile(r"system_clock::now|\bgettimeofday\s*\(|(?<![\w:.>])time\s*\(\s*(nullptr|NULL|0)\s*\)")
        self.none([f"{relative(path)}:{number}: {line.strip()}" for path in cpp_files("src", "apps")
                   for number, line in lines_of(path)
                   if asks.search(code_of(line)) and relative(path) != "src/base/clock.cpp"])

    def test_only_the_injected_generator_draws_random_numbers(self):
        draws = re.compile(r"random_device|\bmt19937|\bRAND_(?:priv_)?bytes|\bgetrandom\s*\(|(?<![\w:.>])rand\s*\(")
        self.none([f"{relative(path)}:{number}: {line.strip()}" for path in cpp_files("src", "apps")
                   for number, line in lines_of(path)
                   if draws.search(code_of(line)) and relative(path) != "src/base/random.cpp"])

    def test_no_test_sleeps(self):
        sleeps = re.compile(r"this_thread::sleep_|\b(?:u|nano)?sleep\s*\(")
        self.none([f"{relative(path)}:{number}: {line.strip()}" for path in cpp_files("src", "tests")
                   if is_test(path)
                   for number, line in lines_of(path) if sleeps.search(code_of(line))])

    def test_headers_are_included_once_and_say_what_they_are_for(self):
        broken = []
        for path in cpp_files("src", "bench"):
            if path.suffix != ".hpp":
                continue
            text = path.read_text(encoding="utf-8")
            if "#pragma once" not in text:
                broken.append(f"{relative(path)}: no #pragma once")
            if not text.startswith("//"):
                broken.append(f"{relative(path)}: does not begin with what it is for")
        self.none(broken)

    def test_every_refusal_has_its_entry_in_the_catalogue_in_the_same_order(self):
        header = (SOURCES / "base/error.hpp").read_text(encoding="utf-8")
        body = re.search(r"enum class Errc \{(.*?)\};", header, re.DOTALL).group(1)
        codes = re.findall(r"^\s*(\w+),?\s*(?:///?.*)?$", re.sub(r"//.*", "", body), re.MULTILINE)
        catalog = (SOURCES / "base/error_catalog.cpp").read_text(encoding="utf-8")
        entries = re.findall(r'ErrorEntry\{\s*Errc::(\w+),\s*"(\w+)"', catalog)
        self.assertEqual(codes, [code for code, _ in entries])
        self.assertEqual([code for code, _ in entries], [name for _, name in entries])

    def test_every_refusal_is_in_the_reference_of_each_dialect(self):
        catalog = (SOURCES / "base/error_catalog.cpp").read_text(encoding="utf-8")
        names = re.findall(r'ErrorEntry\{\s*Errc::(\w+)', catalog)
        pages = sorted((ROOT / "docs/reference").glob("*-errors.md"))
        self.assertTrue(pages, "docs/reference/*-errors.md is missing")
        self.none([f"{relative(page)}: {name}" for page in pages for name in names
                   if not re.search(rf"\b{name}\b", page.read_text(encoding="utf-8"))])

    def test_no_file_names_a_developers_machine_or_is_unfinished(self):
        # Cut in two, so that this file does not find itself.
        words = re.compile("|".join(["/ho" + r"me/\w+/", "/ro" + r"ot/\w", "/Us" + r"ers/\w", r"(?<![\w.])/wo" + r"rk/\w",
                                     r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b"]))
        kinds = {".cpp", ".hpp", ".py", ".sh", ".mjs", ".js", ".md", ".txt", ".cmake", ".json", ".toml", ".yml", ""}
        broken = []
        for path in project_files():
            if path.suffix not in kinds or "corpus" in path.parts:
                continue
            try:
                found = [(number, line) for number, line in lines_of(path) if words.search(line)]
            except UnicodeDecodeError:
                continue
            broken += [f"{relative(path)}:{number}: {line.strip()[:120]}" for number, line in found]
        self.none(broken)


if __name__ == "__main__":
    unittest.main()
