#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "base/version.hpp"
#include "cli/completion.hpp"
#include "cli/failure.hpp"
#include "cli/fleet/apply.hpp"
#include "cli/tenant_commands.hpp"
#include "cli/why.hpp"
#include "codec/percent_encoding.hpp"

namespace muster::cli {
namespace {

constexpr std::size_t audit_limit_default = 50;
constexpr std::string_view audit_prefix = "audit ";

template <class T>
using Shared = std::shared_ptr<T>;

std::string from_environment(const std::string& given, const char* variable, const char* otherwise) {
  if (!given.empty()) return given;
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// All commands, as CLI11 knows them. What a command takes is bound to options on the heap, which its callback keeps.
class Grammar {
 public:
  Grammar(std::span<const LocalCommand> local_commands, Parsed& parsed)
      : app_("Provisions devices, and administers the service that does. \"muster COMMAND --help\" has an example."),
        parsed_(parsed) {
    app_.name("muster");
    app_.set_version_flag("--version", std::string("muster ") + base::version);
    app_.require_subcommand(1);
    app_.add_option("--url", parsed.url, "Where the service is (MUSTER_URL; else https://localhost:8443)");
    app_.add_option("--token-file", parsed.token_file, "A file with the token (else the token is MUSTER_TOKEN)");
    app_.add_option("--ca", parsed.ca_file, "PEM file of the CA to trust (MUSTER_CA; else the system's)");
    app_.add_option("--tenant", parsed.tenant, "The tenant to work on, for the role platform (else one's own)");
    app_.add_flag("--json", parsed.json, "Print JSON, for scripts");

    for (const auto& local : local_commands)
      if (!std::string_view(local.words).starts_with(audit_prefix)) add_local(&app_, local.words, local);
    add_enrollments();
    add_groups();
    add_devices();
    add_hubs();
    add_principals();
    add_policies();
    add_tenants();
    add_cas();
    add_webhook();
    add_credential_policies();
    add_certificates();
    add_audit(local_commands);
    add_fleet();
    leaf(&app_, "status", "Show the service, the tenant and who is asking", "muster status", show_status);
    add_completion();
  }

  CLI::App& app() { return app_; }

  std::vector<CommandWords> words() const {
    std::vector<CommandWords> commands;
    collect(app_, "", commands);
    return commands;
  }

 private:
  using Command = std::function<void(Session&)>;

  CLI::App* branch(const std::string& name, const std::string& description, const std::string& example) {
    CLI::App* app = app_.add_subcommand(name, description);
    app->require_subcommand(1);
    app->fallthrough();
    app->footer("Example:\n  " + example);
    return app;
  }

  CLI::App* leaf(CLI::App* parent, const std::string& name, const std::string& description, const std::string& example,
                 Command command) {
    CLI::App* app = parent->add_subcommand(name, description);
    app->fallthrough();
    app->footer(
        "Every command also takes --url, --token-file, --ca, --tenant and --json (muster --help).\n\nExample:\n  " +
        example);
    app->callback([this, command = std::move(command)] { parsed_.command = command; });
    return app;
  }

  /// A command about one thing, which stands first.
  template <class Act>
  CLI::App* leaf_with_id(CLI::App* parent, const std::string& name, const std::string& description,
                         const std::string& example, Act act) {
    auto id = std::make_shared<std::string>();
    CLI::App* app = leaf(parent, name, description, example, [id, act](Session& session) { act(session, *id); });
    app->add_option("ID", *id, "Its id or name")->required();
    return app;
  }

  void add_show_and_remove(CLI::App* parent, const Kind& kind, const std::string& words, const std::string& example) {
    const std::string noun(kind.noun);
    leaf_with_id(parent, "show", "Show one " + noun, words + " show " + example,
                 [&kind](Session& session, const std::string& id) { show(session, kind, id); });
    leaf_with_id(parent, "remove", "Remove one " + noun, words + " remove " + example,
                 [&kind](Session& session, const std::string& id) { remove(session, kind, id); });
  }

  CLI::App* add_list(CLI::App* parent, const Kind& kind, const std::string& words) {
    auto limit = std::make_shared<std::size_t>(0);
    CLI::App* app =
        leaf(parent, "list", "List every " + std::string(kind.noun), words + " list", [&kind, limit](Session& session) {
          list(session, kind, {}, *limit == 0 ? std::nullopt : std::optional(*limit));
        });
    app->add_option("--limit", *limit, "At most so many")->check(CLI::PositiveNumber);
    return app;
  }

  void add_keys_and_switches(CLI::App* parent, const Kind& kind, const std::string& words, const std::string& example) {
    const std::string noun(kind.noun);
    leaf_with_id(parent, "show-key", "Show the symmetric keys of one " + noun, words + " show-key " + example,
                 [&kind](Session& session, const std::string& id) { show_keys(session, kind, id); });
    leaf_with_id(parent, "enable", "Let devices in by one " + noun, words + " enable " + example,
                 [&kind](Session& session, const std::string& id) { set_enabled(session, kind, id, true); });
    leaf_with_id(parent, "disable", "Let no device in by one " + noun, words + " disable " + example,
                 [&kind](Session& session, const std::string& id) { set_enabled(session, kind, id, false); });
  }

  static CLI::Option* repeated(CLI::App* app, const std::string& name, std::vector<std::string>& values,
                               const std::string& description) {
    return app->add_option(name, values, description + " (may be repeated)")->allow_extra_args(false);
  }

  /// What `enrollment add` and `group add` both take.
  static void add_terms(CLI::App* app, EnrollmentOptions& options) {
    auto& attestation = options.attestation;
    app->add_option("--primary-key", attestation.primary_key, "symmetric-key: FILE or base64; drawn where not given");
    app->add_option("--secondary-key", attestation.secondary_key, "symmetric-key: as --primary-key");
    app->add_option("--certificate", attestation.certificate, "x509: FILE, PEM or DER");
    app->add_option("--secondary-certificate", attestation.secondary_certificate, "x509: FILE, PEM or DER");
    app->add_option("--ca-reference", attestation.ca_reference, "x509: the name of an uploaded CA certificate");
    app->add_option("--secondary-ca-reference", attestation.secondary_ca_reference, "x509: as --ca-reference");
    repeated(app, "--hub", options.hubs, "A hub to choose from; none: all of the tenant's");
    app->add_option("--allocation", options.allocation, "How the hub is chosen; else as the tenant has it")
        ->check(CLI::IsMember({"hashed", "geo-latency", "static", "custom"}));
    app->add_option("--reprovision", options.reprovision,
                    "When a device registers again: migrate (the default), reset or never")
        ->check(CLI::IsMember({"migrate", "reset", "never"}));
    app->add_option("--initial-twin", options.initial_twin, "JSON FILE: {\"tags\":…,\"properties\":{\"desired\":…}}");
    app->add_option("--credential-policy", options.credential_policy,
                    "How certificates are issued to the devices; else none are");
    app->add_option("--webhook-url", options.webhook_url, "custom allocation: whom to ask");
    app->add_option("--webhook-api-version", options.webhook_api_version, "custom allocation: in which version");
    app->add_flag("--edge", options.iot_edge, "The devices are IoT Edge devices");
    app->add_flag("--disabled", options.disabled, "Let no device in yet");
    app->add_flag("--replace", options.replace, "Replace it where it exists; else that is refused");
  }

  void add_enrollments() {
    CLI::App* parent =
        branch("enrollment", "Individual enrollments: devices that may join one by one", "muster enrollment list");
    auto options = std::make_shared<EnrollmentOptions>();
    CLI::App* app = leaf(parent, "add", "Enroll one device",
                         "muster enrollment add device-7 --attestation tpm --endorsement-key ek.pub\n"
                         "  muster enrollment add device-8 --attestation x509 --certificate device-8.pem\n"
                         "  muster enrollment add device-9 --attestation symmetric-key",
                         [options](Session& session) { add_enrollment(session, enrollments, *options); });
    app->add_option("ID", options->id, "The registration id")->required();
    app->add_option("--attestation", options->attestation.kind, "How the device proves what it is")
        ->required()
        ->check(CLI::IsMember({"symmetric-key", "tpm", "x509"}));
    app->add_option("--endorsement-key", options->attestation.endorsement_key,
                    "tpm: TPM2B_PUBLIC as FILE, @FILE or base64");
    app->add_option("--storage-root-key", options->attestation.storage_root_key,
                    "tpm: as --endorsement-key; kept, not checked");
    app->add_option("--device-id", options->device_id, "Its name in the hub; else the registration id");
    app->add_option("--device-information", options->device_information, "JSON FILE, free");
    add_terms(app, *options);

    add_list(parent, enrollments, "muster enrollment");
    add_show_and_remove(parent, enrollments, "muster enrollment", "device-7");
    add_keys_and_switches(parent, enrollments, "muster enrollment", "device-7");
  }

  void add_groups() {
    CLI::App* parent = branch("group", "Enrollment groups: devices that share one proof", "muster group list");
    auto options = std::make_shared<EnrollmentOptions>();
    CLI::App* app = leaf(parent, "add", "Enroll all devices that share one proof",
                         "muster group add line-3 --attestation symmetric-key\n"
                         "  muster group add sensors --attestation x509 --certificate issuing-ca.pem\n"
                         "  muster group add gateways --attestation tpm-vendor --root vendor-roots.pem",
                         [options](Session& session) { add_enrollment(session, groups, *options); });
    app->add_option("ID", options->id, "The group's id")->required();
    app->add_option("--attestation", options->attestation.kind, "How the devices prove what they are")
        ->required()
        ->check(CLI::IsMember({"symmetric-key", "x509", "tpm-vendor"}));
    repeated(app, "--root", options->attestation.roots, "tpm-vendor: FILE with one root or a PEM bundle");
    repeated(app, "--intermediate", options->attestation.intermediates, "tpm-vendor: FILE with intermediates");
    app->add_option("--allowed-keys", options->attestation.allowed_keys,
                    "tpm-vendor: FILE, a line for each endorsement key that may join: the SHA-256 of its "
                    "SubjectPublicKeyInfo; else all");
    add_terms(app, *options);

    add_list(parent, groups, "muster group");
    add_show_and_remove(parent, groups, "muster group", "line-3");
    add_keys_and_switches(parent, groups, "muster group", "line-3");
  }

  void add_devices() {
    CLI::App* parent = branch("device", "Devices that have registered", "muster device list --group line-3");
    struct ListOptions {
      std::string group;
      std::string enrollment;
      std::size_t limit = 0;
    };
    auto options = std::make_shared<ListOptions>();
    CLI::App* app =
        leaf(parent, "list", "List devices", "muster device list --group line-3", [options](Session& session) {
          std::string query;
          if (!options->group.empty()) query = "group=" + codec::percent_encode(options->group);
          if (!options->enrollment.empty()) query = "enrollment=" + codec::percent_encode(options->enrollment);
          list(session, devices, query, options->limit == 0 ? std::nullopt : std::optional(options->limit));
        });
    CLI::Option* group = app->add_option("--group", options->group, "Only those that this group let in");
    app->add_option("--enrollment", options->enrollment, "Only those that this enrollment let in")->excludes(group);
    app->add_option("--limit", options->limit, "At most so many")->check(CLI::PositiveNumber);
    add_show_and_remove(parent, devices, "muster device", "device-7");
    leaf_with_id(parent, "why", "Tell why a device was refused, and what to do", "muster device why device-7",
                 explain_refusals);
  }

  static void add_hub_options(CLI::App* app, const Shared<HubOptions>& options) {
    app->add_option("NAME", options->name, "Its host name")->required();
    app->add_option_function<int>(
           "--weight", [options](int weight) { options->weight = weight; }, "Its share of devices, 1 to 1000")
        ->check(CLI::Range(1, 1000));
    app->add_option_function<std::string>(
        "--location", [options](const std::string& location) { options->location = location; },
        "Where it is, free text");
    app->add_option_function<std::vector<std::string>>(
           "--tag", [options](const std::vector<std::string>& tags) { options->tags = tags; },
           "A word to find it by (may be repeated)")
        ->allow_extra_args(false);
    CLI::Option* open = app->add_flag_callback(
        "--accept-devices", [options] { options->accepts_devices = true; }, "It gets new devices (the default)");
    app->add_flag_callback(
           "--no-new-devices", [options] { options->accepts_devices = false; },
           "It keeps its devices and gets no new ones")
        ->excludes(open);
    CLI::Option* healthy = app->add_flag_callback(
        "--healthy", [options] { options->healthy = true; }, "It is well (the default)");
    app->add_flag_callback(
           "--unhealthy", [options] { options->healthy = false; }, "It gets no new devices until it is healthy again")
        ->excludes(healthy);
    CLI::Option* offered = app->add_flag_callback(
        "--allocation", [options] { options->in_allocation = true; }, "Every enrollment may get it (the default)");
    app->add_flag_callback(
           "--no-allocation", [options] { options->in_allocation = false; }, "Only enrollments that name it get it")
        ->excludes(offered);
    const auto is_number = [](const std::string& text) {
      const bool is_count = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == text.npos;
      return is_count || text == "none" ? std::string() : std::string("it is a number below 1000000000, or none");
    };
    app->add_option_function<std::string>(
           "--devices-max", [options](const std::string& max) { options->devices_max = max; },
           "With so many devices it is full; none: it never is")
        ->check(is_number);
    app->add_option_function<double>(
           "--latitude", [options](double degrees) { options->latitude = degrees; },
           "Where it is, in degrees, north positive")
        ->check(CLI::Range(-90.0, 90.0));
    app->add_option_function<double>(
           "--longitude", [options](double degrees) { options->longitude = degrees; },
           "Where it is, in degrees, east positive")
        ->check(CLI::Range(-180.0, 180.0));
  }

  void add_hubs() {
    CLI::App* parent = branch("hub", "Hubs: where devices are assigned to", "muster hub list");
    auto added = std::make_shared<HubOptions>();
    add_hub_options(
        leaf(parent, "add", "Link a hub", "muster hub add hub-1.example.com --weight 3 --location Berlin --tag eu",
             [added](Session& session) { add_hub(session, *added); }),
        added);
    auto changed = std::make_shared<HubOptions>();
    add_hub_options(leaf(parent, "set", "Change a hub; what is not given stays as it is",
                         "muster hub set hub-1.example.com --no-new-devices",
                         [changed](Session& session) { set_hub(session, *changed); }),
                    changed);
    leaf(parent, "list", "List every hub", "muster hub list",
         [](Session& session) { list(session, hubs, {}, std::nullopt); });
    add_show_and_remove(parent, hubs, "muster hub", "hub-1.example.com");
  }

  void add_principals() {
    CLI::App* parent = branch("principal", "Principals: who may administer, each by a token", "muster principal list");
    auto options = std::make_shared<PrincipalOptions>();
    CLI::App* app = leaf(parent, "add", "Make a principal and print its token, once",
                         "muster principal add line-3-station --role factory --expires 2027-12-31T00:00:00Z",
                         [options](Session& session) { add_principal(session, *options); });
    app->add_option("NAME", options->name, "1 to 64 letters, digits and - . _ @")->required();
    app->add_option("--role", options->role, "What it may do (docs/reference/roles.md)")
        ->required()
        ->check(CLI::IsMember({"platform", "operator", "auditor", "factory", "installer"}));
    app->add_option("--scope", options->scope, "The enrollment group that it is confined to");
    app->add_option("--expires", options->expires_at, "When it ends, such as 2027-12-31T00:00:00Z");
    leaf(parent, "list", "List every principal", "muster principal list",
         [](Session& session) { list(session, principals, {}, std::nullopt); });
    add_show_and_remove(parent, principals, "muster principal", "line-3-station");
  }

  void add_policies() {
    CLI::App* parent = branch("policy", "Shared access policies: keys for Azure's service API", "muster policy list");
    struct PolicyOptions {
      std::string name;
      std::vector<std::string> rights;
      std::string which;
    };
    auto added = std::make_shared<PolicyOptions>();
    CLI::App* add = leaf(parent, "add", "Make a policy and print its keys",
                         "muster policy add reader --rights EnrollmentRead,RegistrationStatusRead",
                         [added](Session& session) { add_policy(session, added->name, added->rights); });
    add->add_option("NAME", added->name, "1 to 64 letters, digits and - . _")->required();
    add->add_option("--rights", added->rights,
                    "Of ServiceConfig, EnrollmentRead, EnrollmentWrite, RegistrationStatusRead, "
                    "RegistrationStatusWrite, DeviceConnect, with commas between them")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false);
    leaf(parent, "list", "List every policy", "muster policy list",
         [](Session& session) { list(session, policies, {}, std::nullopt); });
    add_show_and_remove(parent, policies, "muster policy", "reader");
    leaf_with_id(parent, "show-key", "Show the keys of one policy", "muster policy show-key reader",
                 [](Session& session, const std::string& id) { show_keys(session, policies, id); });
    auto changed = std::make_shared<PolicyOptions>();
    CLI::App* regenerate = leaf(
        parent, "regenerate-key", "Replace one key of a policy", "muster policy regenerate-key reader --key primary",
        [changed](Session& session) { regenerate_policy_key(session, changed->name, changed->which); });
    regenerate->add_option("NAME", changed->name, "The policy")->required();
    regenerate->add_option("--key", changed->which, "primary or secondary")
        ->required()
        ->check(CLI::IsMember({"primary", "secondary"}));
  }

  static void add_tenant_options(CLI::App* app, const Shared<TenantOptions>& options) {
    app->add_option("ID", options->id, "1 to 64 letters, digits and dashes")->required();
    const auto text = [app](const char* name, std::optional<std::string>& value, const char* description) {
      return app->add_option_function<std::string>(
          name, [&value](const std::string& given) { value = given; }, description);
    };
    const auto texts = [app](const char* name, std::optional<std::vector<std::string>>& values,
                             const char* description) {
      app->add_option_function<std::vector<std::string>>(
             name, [&values](const std::vector<std::string>& given) { values = given; }, description)
          ->allow_extra_args(false);
    };
    text("--name", options->name, "A name for people; else its id");
    text("--allocation", options->allocation, "How hubs are chosen where an enrollment does not say")
        ->check(CLI::IsMember({"hashed", "geo-latency", "static", "custom"}));
    text("--location", options->location, "Where it is, free text");
    texts("--tag", options->tags, "NAME=VALUE to find it by (may be repeated; all are replaced)");
    texts("--ip-rule", options->ip_rules,
          "NAME=accept|reject:NETWORK[:service-api|:device-api]; the first that fits decides (may be repeated; all are "
          "replaced)");
    app->add_flag_callback(
        "--no-ip-rules", [options] { options->ip_rules = std::vector<std::string>(); }, "Let every address in");
    app->add_option_function<bool>(
        "--require-verified-ca", [options](bool required) { options->require_verified_ca = required; },
        "true: groups by X.509 stand on verified CA certificates only");
    constexpr std::pair<const char*, const char*> limits[] = {
        {"devices-max", "How many devices may register"},
        {"enrollments-max", "How many individual enrollments it may have"},
        {"groups-max", "How many enrollment groups"},
        {"ca-certificates-max", "How many CA certificates"},
        {"hubs-max", "How many hubs"},
        {"registrations-per-minute", "Registrations beyond these are put off"},
        {"service-calls-per-minute", "Calls of Azure's service API"},
        {"requests-per-minute-and-device", "Requests of one device"}};
    for (const auto& [name, description] : limits) {
      std::string member = name;
      std::ranges::replace(member, '-', '_');
      app->add_option_function<std::int64_t>(
          std::string("--") + name, [options, member](std::int64_t value) { options->limits[member] = value; },
          description);
    }
  }

  void add_tenants() {
    CLI::App* parent = branch("tenant", "Tenants: each is what Azure calls a DPS instance", "muster tenant list");
    auto added = std::make_shared<TenantOptions>();
    CLI::App* add = leaf(parent, "add", "Make a tenant and print its first secrets (role platform)",
                         "muster tenant add plant-2 --hub hub-2.example.com --devices-max 5000",
                         [added](Session& session) { add_tenant(session, *added); });
    add_tenant_options(add, added);
    add->add_option("--hub", added->hub, "The host name of its first hub");
    auto changed = std::make_shared<TenantOptions>();
    add_tenant_options(leaf(parent, "set", "Change a tenant; what is not given stays as it is",
                            "muster tenant set plant-2 --ip-rule office=accept:192.0.2.0/24:service-api "
                            "--ip-rule others=reject:0.0.0.0/0:service-api\n"
                            "  muster tenant set plant-2 --registrations-per-minute 600",
                            [changed](Session& session) { set_tenant(session, *changed); }),
                       changed);
    add_list(parent, tenants, "muster tenant");
    leaf_with_id(parent, "show", "Show one tenant, its limits and how much of them it uses",
                 "muster tenant show plant-2",
                 [](Session& session, const std::string& id) { show(session, tenants, id); });
    leaf_with_id(parent, "enable", "Let a tenant's devices and administrators in again", "muster tenant enable plant-2",
                 [](Session& session, const std::string& id) { set_tenant_enabled(session, id, true); });
    leaf_with_id(parent, "disable", "Refuse a tenant's devices and service calls; nothing of it is lost",
                 "muster tenant disable plant-2",
                 [](Session& session, const std::string& id) { set_tenant_enabled(session, id, false); });
    struct RemoveOptions {
      std::string id;
      std::string confirmation;
    };
    auto removed = std::make_shared<RemoveOptions>();
    CLI::App* remove = leaf(parent, "remove", "Remove a disabled tenant with everything that it has, for ever",
                            "muster tenant remove plant-2 --confirm plant-2", [removed](Session& session) {
                              remove_tenant(session, removed->id, removed->confirmation);
                            });
    remove->add_option("ID", removed->id, "Its id")->required();
    remove->add_option("--confirm", removed->confirmation, "Its id once more")->required();
  }

  void add_cas() {
    CLI::App* parent = branch("ca", "CA certificates that enrollments refer to", "muster ca list");
    auto added = std::make_shared<CaOptions>();
    CLI::App* add = leaf(parent, "add", "Upload a CA certificate",
                         "muster ca add plant-root --certificate plant-root.pem\n"
                         "  muster ca add plant-root --certificate plant-root.pem --verified",
                         [added](Session& session) { add_ca(session, *added); });
    add->add_option("NAME", added->name, "1 to 64 letters, digits and - . _")->required();
    add->add_option("--certificate", added->certificate, "FILE, PEM or DER")->required();
    add->add_flag("--verified", added->verified, "You vouch that the CA is yours; no proof is asked for");
    add->add_flag("--replace", added->replace, "Replace it where it exists; else that is refused");
    leaf(parent, "list", "List every CA certificate, with the days it has left", "muster ca list",
         [](Session& session) { list(session, cas, {}, std::nullopt); });
    add_show_and_remove(parent, cas, "muster ca", "plant-root");
    leaf_with_id(parent, "code", "Draw what the common name of the proof must be", "muster ca code plant-root",
                 [](Session& session, const std::string& id) { draw_ca_code(session, id); });
    auto proof = std::make_shared<std::pair<std::string, std::string>>();
    CLI::App* verify = leaf(parent, "verify", "Prove that a CA is yours, by a certificate that it issued over the code",
                            "muster ca verify plant-root proof.pem",
                            [proof](Session& session) { verify_ca(session, proof->first, proof->second); });
    verify->add_option("NAME", proof->first, "The CA certificate")->required();
    verify->add_option("FILE", proof->second, "The proof, PEM or DER")->required();
  }

  void add_webhook() {
    CLI::App* parent = branch("webhook", "Allocation webhooks: your own program chooses a device's hub",
                              "muster webhook test --group line-1 --registration-id pump-7");
    leaf(parent, "show-key", "Show the key that signs the calls", "muster webhook show-key", show_webhook_key);
    leaf(parent, "regenerate-key", "Replace the key that signs the calls", "muster webhook regenerate-key",
         regenerate_webhook_key);
    auto options = std::make_shared<WebhookTestOptions>();
    CLI::App* app = leaf(parent, "test", "Call a webhook as a registration would; nothing is changed",
                         "muster webhook test --group line-1 --registration-id pump-7",
                         [options](Session& session) { test_webhook(session, *options); });
    CLI::Option_group* target = app->add_option_group("Which webhook");
    target->add_option("--url", options->url, "This one");
    target->add_option("--group", options->group, "The one that this enrollment group names");
    target->add_option("--enrollment", options->enrollment, "The one that this enrollment names");
    target->require_option(1);
    app->add_option("--registration-id", options->registration_id, "The device's")->required();
    app->add_option("--payload", options->payload, "A JSON file: what the device sends along");
  }

  void add_credential_policies() {
    CLI::App* parent = branch("credential-policy", "Credential policies: how certificates are issued to devices",
                              "muster credential-policy list");
    auto options = std::make_shared<CredentialPolicyOptions>();
    CLI::App* add = leaf(parent, "add", "Make a credential policy",
                         "muster credential-policy add monthly --lifetime-hours 720 --key P-256 --key P-384",
                         [options](Session& session) { add_credential_policy(session, *options); });
    add->add_option("NAME", options->name, "1 to 64 letters, digits and - . _")->required();
    add->add_option("--lifetime-hours", options->lifetime_hours, "How long a certificate is valid; 720 where not given")
        ->check(CLI::Range(1, 87600));
    repeated(add, "--key", options->key_kinds, "A kind of key that is allowed, such as P-256 or RSA-2048; none: all");
    add->add_flag("--allow-dns-names", options->allow_dns_names, "Requests may ask for host names");
    add->add_flag("--replace", options->replace, "Replace it where it exists; else that is refused");
    leaf(parent, "list", "List every credential policy", "muster credential-policy list",
         [](Session& session) { list(session, credential_policies, {}, std::nullopt); });
    add_show_and_remove(parent, credential_policies, "muster credential-policy", "monthly");
  }

  void add_certificates() {
    CLI::App* parent =
        branch("certificate", "Certificates that devices were issued", "muster certificate list --device pump-1");
    auto device = std::make_shared<std::string>();
    CLI::App* listed = leaf(
        parent, "list", "List certificates", "muster certificate list --device pump-1", [device](Session& session) {
          list(session, certificates, device->empty() ? std::string() : "device=" + codec::percent_encode(*device),
               std::nullopt);
        });
    listed->add_option("--device", *device, "Only those of this device, by its registration id");
    leaf_with_id(parent, "show", "Show one certificate", "muster certificate show SERIAL",
                 [](Session& session, const std::string& id) { show(session, certificates, id); });
    auto revoked = std::make_shared<std::pair<std::string, std::string>>("", "unspecified");
    CLI::App* revoke = leaf(
        parent, "revoke", "Revoke a certificate, for ever", "muster certificate revoke SERIAL --reason key-compromise",
        [revoked](Session& session) { revoke_certificate(session, revoked->first, revoked->second); });
    revoke->add_option("SERIAL", revoked->first, "Its serial number, upper-case hexadecimal")->required();
    revoke->add_option("--reason", revoked->second, "Why; unspecified where not given")
        ->check(CLI::IsMember({"unspecified", "key-compromise", "affiliation-changed", "superseded",
                               "cessation-of-operation", "privilege-withdrawn"}));
  }

  void add_audit(std::span<const LocalCommand> local_commands) {
    CLI::App* parent = branch("audit", "The audit trail: what happened", "muster audit list --limit 20");
    auto limit = std::make_shared<std::size_t>(audit_limit_default);
    CLI::App* app = leaf(parent, "list", "List what happened, the latest first", "muster audit list --limit 20",
                         [limit](Session& session) { list(session, audit, {}, *limit); });
    app->add_option("--limit", *limit, "At most so many; 50 where not given")->check(CLI::PositiveNumber);
    for (const auto& local : local_commands)
      if (std::string_view(local.words).starts_with(audit_prefix))
        add_local(parent, local.words + audit_prefix.size(), local);
  }

  void add_fleet() {
    auto options = std::make_shared<ApplyOptions>();
    CLI::App* app = leaf(&app_, "apply", "Bring hubs, groups and enrollments to the state that files declare",
                         "muster apply -f fleet.yaml --dry-run\n  muster apply -f fleet.yaml -f line-3.yaml",
                         [options](Session& session) { apply(session, *options, ask_at_terminal); });
    app->add_option("-f,--file", options->files, "FILE of YAML or JSON, - is the standard input (may be repeated)")
        ->required()
        ->allow_extra_args(false);
    app->add_flag("--yes", options->yes, "Do not ask");
    app->add_flag("--dry-run", options->dry_run, "Show the plan and do nothing");
    app->add_flag("--prune", options->prune,
                  "Remove what the files do not declare, from the sections that they name; never done by default");
    auto exported = std::make_shared<ExportOptions>();
    CLI::App* export_app =
        leaf(&app_, "export", "Print hubs, groups and enrollments in the form that apply takes",
             "muster export > fleet.yaml", [exported](Session& session) { export_fleet(session, *exported); });
    export_app->add_flag("--with-keys", exported->with_keys, "Symmetric keys, too; the output is a secret then");
  }

  static void add_local_option(CLI::App* app, const LocalOption& option, const Shared<LocalArguments>& arguments) {
    const std::string name = option.name;
    const auto keep = [arguments, name](const std::vector<std::string>& values) { (*arguments)[name] = values; };
    CLI::Option* added = nullptr;
    if (option.kind == LocalOption::Kind::flag)
      added = app->add_flag_callback(
          name, [keep] { keep({}); }, option.description);
    else
      added =
          app->add_option_function<std::vector<std::string>>(name, keep, option.description)->allow_extra_args(false);
    if (option.kind != LocalOption::Kind::flag && option.kind != LocalOption::Kind::repeated)
      added->multi_option_policy(CLI::MultiOptionPolicy::Throw)->expected(1);
    if (option.kind == LocalOption::Kind::port) added->check(CLI::Range(0, 65535));
    added->required(option.required);
  }

  void add_local(CLI::App* parent, const std::string& name, const LocalCommand& local) {
    auto arguments = std::make_shared<LocalArguments>();
    CLI::App* app = parent->add_subcommand(name, local.description);
    app->footer(std::string("Example:\n  ") + local.example);
    for (const auto& option : local.options) add_local_option(app, option, arguments);
    app->callback([this, run = local.run, arguments] { parsed_.local = [run, arguments] { return run(*arguments); }; });
  }

  void add_completion() {
    auto shell = std::make_shared<std::string>();
    CLI::App* app = app_.add_subcommand("completion", "Print a script that completes these commands in a shell");
    app->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    app->footer("Example:\n  muster completion bash > /etc/bash_completion.d/muster");
    app->callback([this, shell] { std::cout << completion_script(*shell, words()); });
  }

  static void collect(const CLI::App& app, const std::string& path, std::vector<CommandWords>& commands) {
    CommandWords words;
    words.path = path;
    for (const CLI::Option* option : app.get_options())
      for (const auto& name : option->get_lnames()) words.options.push_back("--" + name);
    if (!path.empty())
      for (const char* option : {"--url", "--token-file", "--ca", "--tenant", "--json"})
        words.options.emplace_back(option);
    const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* subcommand : subcommands) words.subcommands.push_back(subcommand->get_name());
    commands.push_back(std::move(words));
    for (const CLI::App* subcommand : subcommands)
      collect(*subcommand, path + (path.empty() ? "" : " ") + subcommand->get_name(), commands);
  }

  CLI::App app_;
  Parsed& parsed_;
};

}  // namespace

Parsed parse_command_line(int argc, char** argv, std::span<const LocalCommand> local_commands) {
  Parsed parsed;
  Grammar grammar(local_commands, parsed);
  try {
    grammar.app().parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = grammar.app().exit(error) == 0;
    parsed.exit_code = static_cast<int>(asked_for ? ExitCode::done : ExitCode::usage);
    parsed.command = nullptr;
    return parsed;
  }
  parsed.url = from_environment(parsed.url, "MUSTER_URL", default_url);
  parsed.ca_file = from_environment(parsed.ca_file, "MUSTER_CA", "");
  return parsed;
}

}  // namespace muster::cli
