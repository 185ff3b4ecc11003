// What a login role may ask in a day [C28], judged within the worker's transaction and SPI.
#pragma once

#include "projects/catalogue.hpp"

namespace health_dp::ledger::day_book {

// Counts one execution of the role in the project today. Raises kExecutionsOfDay or kFailuresOfDay when that is one too
// many; the charge's subtransaction then takes the count back.
void judge(const projects::Project& project, NameData& login_role);

} // namespace health_dp::ledger::day_book
