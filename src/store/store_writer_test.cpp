// What every backend keeps of the writer: groups, their isolation, and the audit chains.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <thread>

#include "store/fixture_test.hpp"
#include "store/writer.hpp"

namespace muster::store {
namespace {

template <class Backend>
class StoreWriter : public StoreTest<Backend> {
 protected:
  /// Commits these at the same time: the first waits for a lock that this holds until the others have queued up
  /// behind it. Returns the outcomes in their order.
  std::vector<std::string> commit_together(std::vector<Write> writes) {
    std::vector<std::optional<Status>> outcomes(writes.size());
    asio::io_context& context = lasting_context();
    const auto lock = this->backend.connect(Access::write);
    lock->begin(Access::write);
    for (std::size_t i = 0; i < writes.size(); ++i)
      asio::co_spawn(context, base::store_result(this->store->commit(std::move(writes[i])), outcomes[i]), rethrow);
    context.poll();
    lock->rollback();
    context.run();
    std::vector<std::string> names;
    for (const auto& status : outcomes) names.push_back(outcome(status.value()));
    return names;
  }
};
TYPED_TEST_SUITE(StoreWriter, Backends);

std::string host(int number) { return "hub-" + std::to_string(number) + ".example"; }

TYPED_TEST(StoreWriter, CommitsWhatHasGatheredInFewTransactions) {
  std::vector<Write> writes;
  for (int i = 0; i < 64; ++i)
    writes.push_back(write_of(tenant_a, {Put{hub(tenant_a, host(i))}}, {event("hub.created")}));
  for (const std::string& each : this->commit_together(std::move(writes))) EXPECT_EQ(each, "accepted");
  const Statistics statistics = this->store->statistics();
  EXPECT_EQ(statistics.writes, 64U);
  EXPECT_EQ(statistics.conflicts, 0U);
  EXPECT_EQ(statistics.queued, 0U);
  EXPECT_LT(statistics.transactions, 64U);
  EXPECT_EQ(run(this->store->list_hubs(tenant_a)).size(), 64U);
}

TYPED_TEST(StoreWriter, FailsNoNeighbourOfAConflict) {
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "taken.example"))), "accepted");
  ASSERT_EQ(outcome(this->put(tenant_a, device(tenant_a, 1, "pump"))), "accepted");
  Hub stale = hub(tenant_a, "taken.example");
  stale.revision = 7;
  Device renamed = device(tenant_a, 2, "other");
  renamed.revision = 1;
  renamed.name = registration_id("pump");
  const std::vector<std::string> outcomes = this->commit_together(
      {write_of(tenant_a, {Put{device(tenant_a, 2, "other")}}, {event("1")}),
       write_of(tenant_a, {Put{hub(tenant_a, "a.example")}}, {event("2")}),
       write_of(tenant_a, {Put{hub(tenant_a, "b.example")}, Put{hub(tenant_a, "taken.example")}}, {event("lost")}),
       write_of(tenant_a, {Put{hub(tenant_a, "b.example")}}, {event("3")}),
       write_of(tenant_a, {Put{renamed}}, {event("lost")}), write_of(tenant_a, {Remove{stale}}, {event("lost")}),
       write_of(tenant_a, {Put{hub(tenant_a, "a.example")}}, {event("lost")}),
       write_of(tenant_b, {Put{hub(tenant_b, "a.example")}}, {event("4"), event("5")})});
  EXPECT_EQ(outcomes,
            (std::vector<std::string>{"accepted", "accepted", "revision_conflict", "accepted", "revision_conflict",
                                      "revision_conflict", "revision_conflict", "accepted"}));
  EXPECT_EQ(this->store->statistics().conflicts, 4U);
  EXPECT_LT(this->store->statistics().transactions, 10U);

  std::vector<std::string> actions;
  AuditVerifier verifier;
  for (const auto& row : run(this->store->scan_audit(0, 100))) {
    actions.push_back(row.record.event.action);
    verifier.record(row.record);
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  EXPECT_TRUE(verifier.findings().empty());
}

TYPED_TEST(StoreWriter, LetsExactlyOneOfManyWritersOfOneRevisionWin) {
  std::vector<Write> writes;
  for (int i = 0; i < 200; ++i)
    writes.push_back(write_of(tenant_a, {Put{hub(tenant_a, "one.example")}}, {event("hub.created")}));
  const std::vector<std::string> outcomes = this->commit_together(std::move(writes));
  EXPECT_EQ(std::ranges::count(outcomes, "accepted"), 1);
  EXPECT_EQ(run(this->store->scan_audit(0, 1000)).size(), 1U);
}

TYPED_TEST(StoreWriter, ServesManyThreads) {
  constexpr int threads = 4;
  constexpr int writes_each = 50;
  const auto work = [this](int thread) {
    for (int i = 0; i < writes_each; ++i) {
      const std::string name = host(thread * writes_each + i);
      ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{hub(tenant_a, name)}}, {event("hub.created")}))),
                "accepted");
      ASSERT_TRUE(run(this->store->find_hub(tenant_a, HubName(name)))) << "a read after the acknowledgement sees it";
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work, i);
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(run(this->store->list_hubs(tenant_a)).size(), std::size_t{threads * writes_each});
}

TYPED_TEST(StoreWriter, FinishesWhatIsQueuedBeforeItGoes) {
  asio::io_context context;
  std::vector<std::optional<Status>> outcomes(100);
  for (int i = 0; i < 100; ++i)
    asio::co_spawn(context,
                   base::store_result(this->store->commit(write_of(tenant_a, {Put{hub(tenant_a, host(i))}})),
                                      outcomes[static_cast<std::size_t>(i)]),
                   rethrow);
  context.poll();
  this->store.reset();
  context.run();
  for (const auto& status : outcomes) EXPECT_EQ(outcome(status.value()), "accepted");
  this->store = this->backend.open();
  EXPECT_EQ(run(this->store->list_hubs(tenant_a)).size(), 100U);
}

// The writer waits as good as for ever here, so that it is the forecast alone that ends each wait.
TYPED_TEST(StoreWriter, WaitsForTheCompanyThatMayBeExpected) {
  base::SystemRandom random;
  Writer writer([this](Access access) { return this->backend.connect(access); }, random, std::chrono::hours(1));
  const auto work = std::make_shared<const Writer::Work>(Write{.tenant = tenant_a, .changes = {}, .audit = {}});
  GroupForecast forecast(Writer::group_size_max);
  std::size_t writes = 0;
  for (std::uint64_t groups = 1; groups <= 9; ++groups) {
    std::vector<Writer::Outcome> outcomes(forecast.wanted());
    ASSERT_TRUE(writer.enqueue(work, outcomes.front()));
    // As long as another writer's commit takes, this one could begin, if it did not wait.
    ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, host(static_cast<int>(groups))))), "accepted");
    for (std::size_t i = 1; i < outcomes.size(); ++i) ASSERT_TRUE(writer.enqueue(work, outcomes[i]));
    for (const auto& each : outcomes) EXPECT_EQ(outcome(run(each.wait())), "accepted");
    writes += outcomes.size();
    EXPECT_EQ(writer.statistics().transactions, groups);
    EXPECT_EQ(writer.statistics().writes, writes);
    forecast.learn(outcomes.size());
  }
  EXPECT_GT(writes, 50U);
}

TYPED_TEST(StoreWriter, DoesNotWaitForCompanyWhenItStops) {
  base::SystemRandom random;
  const auto work = std::make_shared<const Writer::Work>(Write{.tenant = tenant_a, .changes = {}, .audit = {}});
  const Writer::Outcome alone;
  const Writer::Outcome waiting;
  {
    Writer writer([this](Access access) { return this->backend.connect(access); }, random, std::chrono::hours(1));
    ASSERT_TRUE(writer.enqueue(work, alone));
    EXPECT_EQ(outcome(run(alone.wait())), "accepted");
    ASSERT_TRUE(writer.enqueue(work, waiting));
  }
  EXPECT_EQ(outcome(run(waiting.wait())), "accepted");
}

TYPED_TEST(StoreWriter, RefusesMoreThanItsQueueHolds) {
  base::SystemRandom random;
  const auto lock = this->backend.connect(Access::write);
  {
    const auto connect = [this](Access access) { return this->backend.connect(access); };
    Writer writer(connect, random);
    lock->begin(Access::write);
    // The writer takes a group out of the queue before it waits for the lock.
    const auto work = std::make_shared<const Writer::Work>(Write{.tenant = tenant_a, .changes = {}, .audit = {}});
    std::size_t accepted = 0;
    while (accepted <= Writer::queue_size_max + Writer::group_size_max && writer.enqueue(work, Writer::Outcome()))
      ++accepted;
    EXPECT_GE(accepted, Writer::queue_size_max);
    EXPECT_LE(accepted, Writer::queue_size_max + Writer::group_size_max);
    lock->rollback();
  }
}

TYPED_TEST(StoreWriter, ChainsRecordsOfOneTenantAndIncarnation) {
  const auto scan = [this] { return run(this->store->scan_audit(0, 100)); };
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {}, {event("one"), event("two")}))), "accepted");
  ASSERT_EQ(outcome(this->commit(write_of(tenant_b, {}, {event("other")}))), "accepted");
  this->store.reset();
  this->store = this->backend.open();
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {}, {event("three")}))), "accepted");
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {}, {event("four")}))), "accepted");

  const auto rows = scan();
  ASSERT_EQ(rows.size(), 5U);
  AuditVerifier verifier;
  for (const auto& row : rows) verifier.record(row.record);
  EXPECT_TRUE(verifier.findings().empty());

  EXPECT_EQ(rows[0].record.writer, rows[2].record.writer);
  EXPECT_NE(rows[0].record.writer, rows[3].record.writer) << "an incarnation is one opening";
  EXPECT_EQ(rows[1].record.previous, rows[0].record.digest);
  EXPECT_EQ(rows[3].record.sequence, 1);
  EXPECT_EQ(rows[3].record.previous, Digest(32));
  EXPECT_EQ(rows[4].record.previous, rows[3].record.digest);
  EXPECT_LT(rows[0].number, rows[4].number);

  const AuditRecord& record = rows[0].record;
  const AuditEvent& happened = record.event;
  EXPECT_EQ(record.tenant, tenant_a);
  EXPECT_EQ(record.personal_salt.size(), 16U);
  EXPECT_EQ(record.personal_hash, hash_personal_data(record.personal_salt, "192.0.2.7"));
  EXPECT_EQ(record.digest, digest_of(record));
  EXPECT_TRUE(std::tie(happened.actor, happened.subject, happened.outcome, happened.detail, happened.personal) ==
              std::make_tuple("principal:ann", "hub:one", "done", "because", "192.0.2.7"));
  EXPECT_EQ(happened.at, noon);

  const auto heads = run(this->store->list_audit_heads());
  ASSERT_EQ(heads.size(), 3U);
  for (const auto& head : heads) {
    const bool is_a_record = std::ranges::any_of(rows, [&head](const auto& row) {
      return row.record.writer == head.writer && row.record.sequence == head.sequence &&
             row.record.digest == head.digest && row.record.tenant == head.tenant;
    });
    EXPECT_TRUE(is_a_record);
    EXPECT_EQ(head.sequence, head.tenant == tenant_a ? 2 : 1);
  }
}

TYPED_TEST(StoreWriter, ListsATenantsRecordsNewestFirst) {
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {}, {event("one"), event("two"), event("three")}))), "accepted");
  ASSERT_EQ(outcome(this->commit(write_of(tenant_b, {}, {event("other")}))), "accepted");
  const auto newest = run(this->store->list_audit(tenant_a, std::nullopt, 2));
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].record.event.action, "three");
  EXPECT_EQ(newest[1].record.event.action, "two");
  const auto rest = run(this->store->list_audit(tenant_a, newest[1].number, 10));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].record.event.action, "one");
  EXPECT_EQ(run(this->store->scan_audit(rest[0].number, 2)).at(0).record.event.action, "two");
}

TYPED_TEST(StoreWriter, KeepsEachCheckpointOnce) {
  EXPECT_FALSE(run(this->store->find_last_checkpoint()));
  AuditCheckpoint first;
  first.number = 1;
  first.at = noon;
  first.heads = {{.tenant = tenant_a, .writer = uuid(1), .sequence = 70000, .digest = Digest(32, 7)},
                 {.tenant = tenant_b, .writer = uuid(2), .sequence = 1, .digest = Digest(32, 8)}};
  first.previous = Digest(32);
  first.certificate = {1};
  first.signature = {2, 3};
  AuditCheckpoint second = first;
  second.number = 2;
  second.heads.clear();
  EXPECT_EQ(outcome(run(this->store->add_checkpoint(first))), "accepted");
  EXPECT_EQ(outcome(run(this->store->add_checkpoint(first))), "revision_conflict");
  EXPECT_EQ(outcome(run(this->store->add_checkpoint(second))), "accepted");

  EXPECT_EQ(run(this->store->find_last_checkpoint())->number, 2);
  EXPECT_EQ(run(this->store->list_checkpoints(1, 10)).size(), 1U);
  const auto found = run(this->store->list_checkpoints(0, 1));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(to_be_signed(found[0]), to_be_signed(first));
  EXPECT_EQ(found[0].certificate, first.certificate);
  EXPECT_EQ(found[0].signature, first.signature);
}

}  // namespace
}  // namespace muster::store
