#include "codec/tpm/activation_blob.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <stdexcept>

#include "codec/tpm/vectors_test.hpp"
#include "crypto/cipher.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/public_key_encryption.hpp"

namespace muster::codec::tpm {
namespace {

using base::Errc;
using base::Secret;
using crypto::HashAlgorithm;

const boost::json::value recorded = load_vectors("tpm.json");
const boost::json::value computed = load_vectors("tpm-blob.json");

// What a TPM does with a credential and with an imported key, written down again from the standard (Part 1, sections
// 23 and 24) with none of the code under test but the primitives. The recorded blobs, which a TPM has opened, show
// that it opens what a TPM opens.

struct Holder {
  PublicArea area;
  crypto::PrivateKey key;
};

std::size_t take_size(ByteView& octets) {
  const std::size_t size = static_cast<std::size_t>(octets[0]) << 8U | octets[1];
  octets = octets.subspan(2);
  return size;
}

ByteView take(ByteView& octets) {
  const std::size_t size = take_size(octets);
  const ByteView contents = octets.first(size);
  octets = octets.subspan(size);
  return contents;
}

Bytes number(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
          static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)};
}

/// One block of KDFa is enough for every key that is derived here.
Bytes derived(HashAlgorithm hash, ByteView seed, const std::string& label, ByteView context, std::uint32_t bits) {
  const Bytes label_octets = base::to_bytes(label + '\0');
  Bytes key = crypto::hmac(hash, seed, base::concat({number(1), label_octets, context, number(bits)}));
  key.resize(bits / 8);
  return key;
}

Bytes open_seed(const Holder& holder, const std::string& label, ByteView encrypted) {
  const HashAlgorithm hash = holder.area.name_algorithm;
  const Bytes label_octets = base::to_bytes(label + '\0');
  const auto* ecc = std::get_if<EccKey>(&holder.area.key);
  if (ecc == nullptr)
    return base::to_bytes(crypto::rsa_oaep_decrypt(holder.key, hash, label_octets, encrypted)->reveal());
  const ByteView x = take(encrypted);
  const ByteView y = take(encrypted);
  const auto shared = crypto::shared_x_coordinate(holder.key, ecc->curve, x, y);
  return crypto::hash(hash, base::concat({number(1), shared->reveal(), label_octets, x, ecc->x}));
}

/// Nothing where the integrity value is wrong.
std::optional<Bytes> unwrap(const Holder& holder, ByteView seed, ByteView name, ByteView wrapped) {
  const HashAlgorithm hash = holder.area.name_algorithm;
  const auto bits = static_cast<std::uint32_t>(8 * crypto::digest_size(hash));
  const ByteView mac = take(wrapped);
  const Bytes expected = crypto::hmac(hash, derived(hash, seed, "INTEGRITY", {}, bits), base::concat({wrapped, name}));
  if (base::to_bytes(mac) != expected) return std::nullopt;
  return crypto::aes_cfb128_decrypt(derived(hash, seed, "STORAGE", name, holder.area.symmetric.key_bits), wrapped);
}

std::optional<Bytes> activate(const Holder& ek, ByteView name, ByteView id_object, ByteView encrypted_secret) {
  const Bytes seed = open_seed(ek, "IDENTITY", encrypted_secret);
  const auto plain = unwrap(ek, seed, name, id_object);
  if (!plain) return std::nullopt;
  ByteView rest = *plain;
  return base::to_bytes(take(rest));
}

struct Imported {
  Bytes hmac_key;
  std::string uri;
  Bytes public_area;
};

/// As Azure's SDKs and the TPM take a blob apart.
std::optional<Imported> import(const Holder& ek, const Holder& srk, ByteView blob) {
  std::array<ByteView, 6> parts;
  for (ByteView& part : parts) part = take(blob);
  const auto inner_key = activate(ek, srk.area.name(), parts[0], parts[1]);
  if (!inner_key || inner_key->size() != 16 || !blob.empty()) return std::nullopt;

  const Bytes name = base::concat({Bytes{0x00, 0x0b}, crypto::sha256(parts[4])});
  std::optional<Bytes> inner = base::to_bytes(parts[2]);
  if (!parts[3].empty()) inner = unwrap(srk, open_seed(srk, "DUPLICATE", parts[3]), name, parts[2]);
  if (!inner) return std::nullopt;

  const Bytes plain = crypto::aes_cfb128_decrypt(*inner_key, *inner);
  ByteView rest = plain;
  const ByteView digest = take(rest);
  if (base::to_bytes(digest) != base::to_bytes(crypto::sha256(base::concat({rest, name})))) return std::nullopt;
  take_size(rest);
  if (base::to_hex(rest.first(4)) != "00080000") return std::nullopt;
  rest = rest.subspan(4);
  const ByteView obfuscation = take(rest);
  const ByteView hmac_key = take(rest);
  if (!rest.empty()) return std::nullopt;
  // The TPM checks that the public area belongs to this secret.
  const Bytes unique = base::to_bytes(parts[4].last(32));
  if (unique != base::to_bytes(crypto::sha256(base::concat({obfuscation, hmac_key})))) return std::nullopt;

  const Bytes uri = crypto::aes_cfb128_decrypt(*inner_key, parts[5]);
  return Imported{.hmac_key = base::to_bytes(hmac_key),
                  .uri = std::string(base::text_view(uri)),
                  .public_area = base::to_bytes(parts[4])};
}

Holder holder(ByteView public_area, Bytes pkcs8) {
  auto area = parse_public_area(public_area);
  auto key = crypto::PrivateKey::from_pkcs8(Secret(std::move(pkcs8)));
  return Holder{.area = std::move(*area), .key = std::move(*key)};
}

Holder recorded_ek(const boost::json::value& vector) {
  return holder(octets(vector.at("ekPub")), pem_contents(vector.at("ekKeyPem")));
}

Holder recorded_srk(const boost::json::value& vector) {
  return holder(octets(vector.at("srkPub")), pem_contents(vector.at("srkKeyPem")));
}

/// A storage key with the attributes of a storage root key; `parameters` begins with its symmetric algorithm.
Holder storage_key(const std::string& type, const std::string& name_algorithm, const std::string& parameters,
                   const boost::json::value& key) {
  const std::string area = type + name_algorithm + "00030472" + "0000" + parameters;
  return holder(base::from_hex(area).value(), octets(key.at("pkcs8")));
}

std::string text(const boost::json::value& value) { return {value.as_string().data(), value.as_string().size()}; }

Holder p256_key() {
  const auto& key = computed.at("keys").at("p256");
  return storage_key("0023", "000b",
                     "000600800043"
                     "0010"
                     "0003"
                     "0010"
                     "0020" +
                         text(key.at("x")) + "0020" + text(key.at("y")),
                     key);
}

Holder p384_key() {
  const auto& key = computed.at("keys").at("p384");
  return storage_key("0023", "000c",
                     "000601000043"
                     "0010"
                     "0004"
                     "0010"
                     "0030" +
                         text(key.at("x")) + "0030" + text(key.at("y")),
                     key);
}

Holder rsa3072_key() {
  const auto& key = computed.at("keys").at("rsa3072");
  return storage_key("0001", "000b",
                     "000600800043"
                     "0010"
                     "0c00"
                     "00000000"
                     "0180" +
                         text(key.at("modulus")),
                     key);
}

Bytes counting(std::size_t size, std::uint8_t first) {
  Bytes octets(size);
  std::iota(octets.begin(), octets.end(), first);
  return octets;
}

/// Every draw yields the same octets.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(Bytes octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> bytes) override { std::copy_n(octets_.begin(), bytes.size(), bytes.begin()); }

 private:
  Bytes octets_;
};

TEST(TpmCredential, RecordedOnesOpen) {
  for (const auto& vector : recorded.at("credentials").as_array()) {
    const auto opened = activate(recorded_ek(vector), octets(vector.at("akName")), octets(vector.at("idObject")),
                                 octets(vector.at("encSecret")));
    EXPECT_EQ(opened, octets(vector.at("secret")));
  }
}

TEST(TpmCredential, HasTheOctetsOfAnotherImplementation) {
  const auto& vector = computed.at("blob");
  FixedRandom random(octets(vector.at("seed")));
  const auto credential = make_credential(recorded_ek(recorded.at("credentials").at(0)).area,
                                          octets(vector.at("srkName")), secret(vector.at("wrap")), random);
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->id_object, octets(vector.at("idObject")));
}

TEST(TpmCredential, OpensUnderEveryKindOfKeyAndOnlyForItsName) {
  base::SequenceRandom random;
  const Holder holders[] = {recorded_ek(recorded.at("credentials").at(0)),
                            recorded_ek(recorded.at("credentials").at(1)), p256_key(), p384_key(), rsa3072_key()};
  const Bytes name = base::concat({Bytes{0x00, 0x0b}, Bytes(32, 7)});
  Bytes other_name = name;
  other_name.back() ^= 1U;
  for (const Holder& ek : holders) {
    const auto credential = make_credential(ek.area, name, Secret(counting(32, 1)), random);
    ASSERT_TRUE(credential) << credential.error().detail();
    ByteView id_object = credential->id_object;
    ByteView encrypted_secret = credential->encrypted_secret;
    const ByteView id_object_contents = take(id_object);
    const ByteView secret_contents = take(encrypted_secret);
    EXPECT_TRUE(id_object.empty() && encrypted_secret.empty());
    EXPECT_EQ(activate(ek, name, id_object_contents, secret_contents), counting(32, 1));
    EXPECT_EQ(activate(ek, other_name, id_object_contents, secret_contents), std::nullopt);
  }
}

TEST(TpmCredential, RefusesKeysThatCannotHoldIt) {
  base::SequenceRandom random;
  const Bytes name(34, 1);
  const auto signing = parse_public_area(octets(recorded.at("attest").at(0).at("akPubTPM2B")));
  EXPECT_EQ(make_credential(*signing, name, Secret(Bytes(32, 1)), random).error().code(), Errc::tpm_key_unsupported);

  PublicArea off_curve = p256_key().area;
  std::get<EccKey>(off_curve.key).y.back() ^= 1U;
  EXPECT_EQ(make_credential(off_curve, name, Secret(Bytes(32, 1)), random).error().code(), Errc::tpm_key_unsupported);

  PublicArea even_modulus = rsa3072_key().area;
  std::get<RsaKey>(even_modulus.key).modulus.back() &= 0xfeU;
  EXPECT_EQ(make_credential(even_modulus, name, Secret(Bytes(32, 1)), random).error().code(),
            Errc::tpm_key_unsupported);
}

TEST(TpmCredential, ThrowsForSecretsThatDoNotFit) {
  base::SequenceRandom random;
  const PublicArea ek = p256_key().area;
  const Bytes name(34, 1);
  EXPECT_TRUE(make_credential(ek, name, Secret(Bytes(32, 1)), random));
  EXPECT_THROW((void)make_credential(ek, name, Secret(Bytes(33, 1)), random), std::invalid_argument);
  EXPECT_THROW((void)make_credential(ek, name, Secret(), random), std::invalid_argument);
}

TEST(TpmActivationBlob, RecordedOnesOpen) {
  for (const auto& vector : recorded.at("azure").as_array()) {
    const auto imported = import(recorded_ek(vector), recorded_srk(vector), octets(vector.at("blob")));
    ASSERT_TRUE(imported);
    EXPECT_EQ(imported->hmac_key, octets(vector.at("hmacKey")));
    EXPECT_EQ(imported->uri, text(vector.at("uri")));
  }
}

TEST(TpmActivationBlob, OpensForEveryPairOfKeys) {
  base::SequenceRandom random;
  const Holder eks[] = {recorded_ek(recorded.at("azure").at(0)), p256_key(), p384_key()};
  const Holder srks[] = {recorded_srk(recorded.at("azure").at(0)), p256_key(), p384_key(), rsa3072_key()};
  for (const Holder& ek : eks) {
    for (const Holder& srk : srks) {
      for (const std::size_t size : {std::size_t{1}, std::size_t{32}, activation_key_size_max}) {
        const auto blob = make_activation_blob(ek.area, srk.area, Secret(counting(size, 5)), "a/b", random);
        ASSERT_TRUE(blob) << blob.error().detail();
        const auto imported = import(ek, srk, *blob);
        ASSERT_TRUE(imported);
        EXPECT_EQ(imported->hmac_key, counting(size, 5));
        EXPECT_EQ(imported->uri, "a/b");
      }
    }
  }
}

TEST(TpmActivationBlob, HasTheLayoutThatTheSdksExpect) {
  const auto& vector = recorded.at("azure").at(0);
  base::SequenceRandom random;
  const auto blob = make_activation_blob(recorded_ek(vector).area, recorded_srk(vector).area,
                                         secret(vector.at("hmacKey")), text(vector.at("uri")), random);
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->size(), octets(vector.at("blob")).size());
  const auto imported = import(recorded_ek(vector), recorded_srk(vector), *blob);
  ASSERT_TRUE(imported);
  // All but the last 32 octets, which depend on the key, are those of the recorded blob.
  EXPECT_EQ(base::to_hex(ByteView(imported->public_area).first(48)),
            "0008000b000404400020bef56b8c1cc84e11edd717528d2cd99356bd2bbf8f015209c3f84aeeaba8e8a20005000b0020");
}

TEST(TpmActivationBlob, IsOfNoUseForAnotherStorageKey) {
  const auto& vector = recorded.at("azure").at(0);
  base::SequenceRandom random;
  const auto blob = make_activation_blob(recorded_ek(vector).area, p256_key().area, Secret(Bytes(32, 1)), "a", random);
  ASSERT_TRUE(blob);
  EXPECT_FALSE(import(recorded_ek(vector), recorded_srk(vector), *blob));
}

TEST(TpmActivationBlob, ThrowsForKeysAndNamesThatDoNotFit) {
  base::SequenceRandom random;
  const PublicArea key = p256_key().area;
  const auto make = [&](std::size_t key_size, std::size_t uri_size) {
    return make_activation_blob(key, key, Secret(Bytes(key_size, 1)), std::string(uri_size, 'a'), random);
  };
  EXPECT_TRUE(make(activation_key_size_max, activation_uri_size_max));
  EXPECT_THROW((void)make(activation_key_size_max + 1, 1), std::invalid_argument);
  EXPECT_THROW((void)make(1, activation_uri_size_max + 1), std::invalid_argument);
  EXPECT_THROW((void)make(0, 1), std::invalid_argument);
  EXPECT_THROW((void)make(1, 0), std::invalid_argument);
}

TEST(TpmActivationBlob, SplitsIntoItsParts) {
  for (const auto& vector : recorded.at("azure").as_array()) {
    const Bytes blob = octets(vector.at("blob"));
    const auto parts = split_activation_blob(blob);
    ASSERT_TRUE(parts) << parts.error().detail();
    EXPECT_EQ(base::concat({parts->id_object, parts->encrypted_secret, parts->duplicate, parts->duplicate_seed,
                            parts->public_area, parts->encrypted_uri}),
              blob);
    EXPECT_EQ(parts->public_area.size(), 82U);
    EXPECT_EQ(parts->encrypted_uri.size(), 2 + text(vector.at("uri")).size());
  }
}

TEST(TpmActivationBlob, SplitRefusesEveryTruncationAndWhatIsLeftOver) {
  Bytes blob = octets(recorded.at("azure").at(0).at("blob"));
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_EQ(split_activation_blob(ByteView(blob).first(size)).error().code(), Errc::tpm_structure_malformed);
  blob.push_back(0);
  EXPECT_EQ(split_activation_blob(blob).error().code(), Errc::tpm_structure_malformed);
}

TEST(TpmActivationBlob, SplitTakesPartsOf1024OctetsAndNoLongerOnes) {
  const auto six_parts = [](std::uint8_t low, std::size_t size) {
    const Bytes part = base::concat({Bytes{0x04, low}, Bytes(size, 0)});
    return base::concat({part, part, part, part, part, part});
  };
  EXPECT_TRUE(split_activation_blob(six_parts(0x00, 1024)));
  EXPECT_FALSE(split_activation_blob(six_parts(0x01, 1025)));
}

}  // namespace
}  // namespace muster::codec::tpm
