#include "provisioning/enrollment_search.hpp"

namespace muster::provisioning {
namespace {

constexpr std::size_t page_size = 1000;

}  // namespace

Task<std::string> find_by_terms(Store& store, TenantId tenant, std::function<bool(const EnrollmentTerms&)> is_wanted) {
  std::string after;
  for (bool is_more = true; is_more;) {
    Page page{.after = after, .limit = page_size};
    const auto groups = co_await store.list_groups(tenant, std::move(page));
    for (const auto& group : groups)
      if (is_wanted(group.terms)) co_return "enrollment group " + group.id.str();
    is_more = groups.size() == page_size;
    if (is_more) after = groups.back().id.str();
  }
  after.clear();
  for (bool is_more = true; is_more;) {
    Page page{.after = after, .limit = page_size};
    const auto enrollments = co_await store.list_enrollments(tenant, std::move(page));
    for (const auto& enrollment : enrollments)
      if (is_wanted(enrollment.terms)) co_return "enrollment " + enrollment.registration_id.str();
    is_more = enrollments.size() == page_size;
    if (is_more) after = enrollments.back().registration_id.folded();
  }
  co_return std::string();
}

}  // namespace muster::provisioning
