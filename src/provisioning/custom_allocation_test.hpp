// A webhook, and the background that it is called in, as tests script them; and a device whose hub it chooses. Included
// by tests only.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <stdexcept>

#include "base/completion.hpp"
#include "provisioning/custom_allocation.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {

/// Says what a test told it to say, and keeps what it was asked.
class ScriptedWebhook final : public AllocationWebhook {
 public:
  Task<WebhookExchange> ask(WebhookQuestion question) override {
    questions.push_back(std::move(question));
    if (hold) co_await hold->wait();
    WebhookExchange exchange;
    if (answers.empty()) co_return exchange;
    exchange = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return exchange;
  }

  void say_hub(const std::string& hub, JsonText twin = {}, JsonText payload = {}) {
    WebhookExchange exchange;
    exchange.status = 200;
    exchange.verdict =
        WebhookVerdict{.hub = HubName(hub), .initial_twin = std::move(twin), .device_payload = std::move(payload)};
    answers.push_back(std::move(exchange));
  }
  void say_status(int status) {
    WebhookExchange exchange;
    exchange.status = status;
    exchange.verdict = base::Error(base::Errc::webhook_failed, "status " + std::to_string(status));
    exchange.is_worth_a_retry = status == 0 || status >= 500;
    answers.push_back(std::move(exchange));
  }

  std::deque<WebhookExchange> answers;  ///< the last one is said over and over
  std::vector<WebhookQuestion> questions;
  std::optional<base::Completion<base::Done>> hold;  ///< no answer before it is settled
};

/// Runs tasks on the test's loop, counts them, and lets time pass as the test wants it.
class TestBackground final : public Background {
 public:
  explicit TestBackground(boost::asio::io_context& context) : context_(context) {}

  void spawn(Task<void> task) override {
    if (!is_alive) {
      stopped.push_back(std::move(task));
      return;
    }
    ++running;
    boost::asio::co_spawn(context_, std::move(task), [this](const std::exception_ptr& fault) {
      --running;
      if (fault) std::rethrow_exception(fault);
    });
  }
  /// Until `wake`, where the test is patient; else time has passed at once.
  Task<bool> sleep_for(base::Duration) override {
    if (!is_patient) co_return true;
    const base::Completion<base::Done> completion;
    sleepers.push_back(completion);
    co_await completion.wait();
    co_return true;
  }
  void wake() {
    const auto woken = std::move(sleepers);
    sleepers.clear();
    for (const auto& sleeper : woken) sleeper.set({});
  }
  bool is_patient = true;
  bool is_alive = true;  ///< false: as if the node had been killed
  std::size_t running = 0;
  std::vector<Task<void>> stopped;

 private:
  boost::asio::io_context& context_;
  std::vector<base::Completion<base::Done>> sleepers;
};

class CustomAllocationTest : public ProvisioningTest {
 protected:
  CustomAllocationTest() {
    add_hub("a.example");
    add_hub("b.example");
  }

  static EnrollmentTerms custom(ReprovisionPolicy reprovision = {}) {
    EnrollmentTerms terms;
    terms.allocation_policy = AllocationPolicy::custom;
    terms.custom_allocation = R"({"webhookUrl":"https://hook.example"})";
    terms.reprovision = reprovision;
    terms.initial_twin = R"({"tags":{"from":"enrollment"}})";
    return terms;
  }
  void enroll_pump(EnrollmentTerms terms = custom()) {
    enroll("pump-1", std::move(terms), {.primary = secret(1), .secondary = secret(2)});
  }
  RegistrationRequest pump() const { return signed_request("pump-1", secret(1)); }

  /// Until so many background tasks are left.
  void run_down_to(std::size_t left) {
    if (left == 0) background.wake();
    run_until([&] { return background.running <= left; });
  }

  /// A registration that waits until the webhook has decided.
  Result<RegistrationOutcome> register_patiently(Registrar& at, RegistrationRequest request) {
    background.is_patient = true;
    auto outcome = run(at.register_device(std::move(request)));
    run_down_to(0);
    return outcome;
  }
  /// A registration whose patience ends before that.
  RegisteredDevice register_impatiently(Registrar& at, RegistrationRequest request) {
    background.is_patient = false;
    auto outcome = run(at.register_device(std::move(request)));
    if (!outcome) throw std::runtime_error(base::to_string(outcome.error()));
    return std::get<RegisteredDevice>(*std::move(outcome));
  }
  RegisteredDevice register_impatiently(Registrar& at) { return register_impatiently(at, pump()); }

  std::size_t resume(Registrar& at) {
    const std::size_t before = background.running;
    const std::size_t resumed = run(at.resume_allocations());
    run_down_to(before);
    return resumed;
  }

  RegisteredDevice register_pump(Registrar& at) {
    auto answer = register_patiently(at, pump());
    if (!answer) throw std::runtime_error(base::to_string(answer.error()));
    return std::get<RegisteredDevice>(*std::move(answer));
  }
  DeviceRecord stored_pump() { return *run(store->find_device(tenant_a, std::string("pump-1"))); }
  std::optional<OutboxEntry> entry() { return run(store->find_outbox_entry(tenant_a, stored_pump().device.id)); }
  RegistrationStatus polled(Registrar& at, const std::string& operation) {
    return run(at.operation_status(pump(), operation))->registration.status;
  }

  AllocationParts parts() {
    AllocationParts made{.locator = nullptr, .webhook = &webhook, .background = &background};
    made.custom.attempts_max = 3;
    return made;
  }

  ScriptedWebhook webhook;
  TestBackground background{context};
  Registrar node{*store, vault, clock, random, parts()};
  Registrar other_node{*store, vault, clock, random, parts()};
};

}  // namespace muster::provisioning
