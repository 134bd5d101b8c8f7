#include "provisioning/challenges.hpp"

#include <algorithm>
#include <chrono>

#include "codec/tpm/activation_blob.hpp"
#include "provisioning/removal.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t nonce_key_size = 32;
constexpr std::chrono::hours lifetime{1};
constexpr std::chrono::minutes reuse_time{1};
constexpr std::size_t open_for_one_pair_max = 3;
constexpr std::size_t open_max = 16;
constexpr std::size_t expired_page = 256;
constexpr int write_attempts_max = 8;

bool is_for(const Challenge& challenge, const ChallengeNeeded& needed) {
  return challenge.endorsement_key == needed.keys.endorsement_key &&
         challenge.storage_root_key == needed.keys.storage_root_key && challenge.enrollment == needed.enrollment;
}

/// What makes room for one more: expired ones, older ones of the same keys, and the oldest where there are too many.
/// `open` has the latest first.
std::vector<Challenge> to_remove(const std::vector<Challenge>& open, const ChallengeNeeded& needed, TimePoint now) {
  std::vector<Challenge> removed;
  std::size_t of_pair = 1;
  std::size_t kept = 1;
  for (const auto& challenge : open) {
    const bool is_same_pair = is_for(challenge, needed);
    if (challenge.expires_at <= now || kept >= open_max || (is_same_pair && of_pair >= open_for_one_pair_max)) {
      removed.push_back(challenge);
      continue;
    }
    if (is_same_pair) ++of_pair;
    ++kept;
  }
  return removed;
}

}  // namespace

Result<ReadKeys> read_keys(const TpmKeys& keys) {
  auto endorsement_key = attest::tpm::read_endorsement_key(keys.endorsement_key);
  if (!endorsement_key) return endorsement_key.error();
  auto storage_root_key = attest::tpm::read_storage_root_key(keys.storage_root_key);
  if (!storage_root_key) return storage_root_key.error();
  return ReadKeys{std::move(*endorsement_key), std::move(*storage_root_key)};
}

Result<Bytes> challenge_to_nothing(const TpmKeys& keys, const std::string& resource, base::Random& random) {
  const auto read = read_keys(keys);
  if (!read) return read.error();
  return codec::tpm::make_activation_blob(read->endorsement_key.public_area, read->storage_root_key.public_area,
                                          random.secret(nonce_key_size), resource, random);
}

Result<Bytes> Challenges::blob_for(const Caller& caller, const ReadKeys& keys, const Secret& key) {
  return codec::tpm::make_activation_blob(keys.endorsement_key.public_area, keys.storage_root_key.public_area, key,
                                          resource_of(caller), random_);
}

Task<Result<Bytes>> Challenges::issue(const Caller& caller, ChallengeNeeded needed) {
  const auto keys = read_keys(needed.keys);
  if (!keys) co_return keys.error();

  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    const auto open = co_await store_.list_challenges(caller.tenant.id, caller.registration_id.folded());
    const TimePoint now = clock_.now();
    const auto young = std::ranges::find_if(open, [&](const Challenge& challenge) {
      return is_for(challenge, needed) && now < challenge.created_at + reuse_time && now < challenge.expires_at;
    });
    if (young != open.end()) {
      SecretPlace place = key_place(*young);
      const Secret key = co_await vault_.open(std::move(place), young->key);
      co_return blob_for(caller, *keys, key);
    }
    auto blob = co_await write_new(caller, needed, *keys, open);
    // Only the removals can conflict: another request for this id made room at the same moment.
    if (blob || blob.error().code() != Errc::revision_conflict) co_return blob;
  }
  co_return Error(Errc::busy, "too many challenges for " + caller.registration_id.str() + " at the same time");
}

Task<Result<Bytes>> Challenges::write_new(const Caller& caller, const ChallengeNeeded& needed, const ReadKeys& keys,
                                          const std::vector<Challenge>& open) {
  const TimePoint now = clock_.now();
  const Secret key = random_.secret(nonce_key_size);
  auto blob = blob_for(caller, keys, key);
  if (!blob) co_return blob.error();

  Challenge challenge{.tenant = caller.tenant.id,
                      .registration_id = caller.registration_id,
                      .id = Uuid::draw_ordered(now, random_),
                      .enrollment = needed.enrollment,
                      .endorsement_key = needed.keys.endorsement_key,
                      .storage_root_key = needed.keys.storage_root_key,
                      .key = {},
                      .created_at = now,
                      .expires_at = now + lifetime};
  SecretPlace place = key_place(challenge);
  challenge.key = co_await vault_.seal(std::move(place), key);

  Write write{.tenant = caller.tenant.id, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{std::move(challenge)});
  for (auto& old : to_remove(open, needed, now)) write.changes.emplace_back(Remove{std::move(old)});
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  co_return blob;
}

Task<std::size_t> Challenges::remove_expired() {
  auto expired = co_await store_.list_expired_challenges(clock_.now(), expired_page);
  co_return co_await remove_rows(store_, std::move(expired), "expired challenges");
}

}  // namespace muster::provisioning
