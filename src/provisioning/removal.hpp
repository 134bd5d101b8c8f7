// Clearing away rows that are over.
#pragma once

#include <map>
#include <stdexcept>
#include <vector>

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// Removes rows, each tenant's in one commit of its own, and returns how many there were. A tenant's rows stay where
/// one of them was changed or removed meanwhile: the next round takes them. Throws std::runtime_error, naming `what`,
/// where the store refuses for another reason.
template <class Row>
Task<std::size_t> remove_rows(Store& store, std::vector<Row> rows, const char* what) {
  std::map<TenantId, Write> writes;
  for (const auto& row : rows) {
    Write& write = writes[row.tenant];
    write.tenant = row.tenant;
    write.changes.emplace_back(Remove{row});
  }
  for (auto& [tenant, write] : writes) {
    const auto committed = co_await store.commit(std::move(write));
    if (!committed && committed.error().code() != base::Errc::revision_conflict)
      throw std::runtime_error(std::string(what) + ": " + base::to_string(committed.error()));
  }
  co_return rows.size();
}

}  // namespace muster::provisioning
