# health_dp: builds and installs with PGXS. `make demo` and `make check` need nothing installed beforehand.
EXTENSION = health_dp
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" health_dp.control)
MODULE_big = health_dp

SOURCES := $(shell grep -v '^\#' src/SOURCES)
OBJS = $(SOURCES:.cpp=.o)
INSTALL_SQL := $(sort $(wildcard src/install/[0-9][0-9]-*.sql))
DATA_built = health_dp--$(EXTVERSION).sql
DATA = $(sort $(wildcard src/install/update/health_dp--*--*.sql))
EXTRA_CLEAN = build

# The custodians' tool: what it needs of core, without PostgreSQL.
TOOL = health_dp_keys
TOOL_SOURCES := $(sort $(wildcard src/tools/keys/*.cpp))
TOOL_OBJS = $(TOOL_SOURCES:.cpp=.o)
CORE_LIBRARY = src/core/core.a
EXTRA_CLEAN += $(TOOL) $(TOOL_OBJS) $(TOOL_OBJS:.o=.d) $(CORE_LIBRARY)

WARNINGS = -Wall -Wextra
ifdef WERROR
WARNINGS += -Werror
endif

# The demo, check and bench targets run before PostgreSQL's development files need to exist.
SELF_CONTAINED = demo check bench
ifeq ($(filter $(SELF_CONTAINED),$(MAKECMDGOALS)),)

PG_CONFIG ?= pg_config
# PGXS drops PG_CXXFLAGS when it compiles LLVM bitcode, where C++20 then fails.
override with_llvm = no
# -isystem: PostgreSQL 15's headers use the register keyword. Hidden visibility: only declared SQL functions are exported.
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CXXFLAGS = -std=c++20 -fvisibility=hidden -fvisibility-inlines-hidden $(WARNINGS)
# The export map: templates of the C++ library would otherwise be exported, and resolved to another module's.
SHLIB_LINK = -lstdc++ -lsodium -lcrypto -lClp -Wl,--version-script=src/exports.map

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# -Wmissing-prototypes and other C-only switches never reach C++; header dependencies are tracked per object.
override CXXFLAGS += -MMD -MP
-include $(OBJS:.o=.d) $(TOOL_OBJS:.o=.d)
EXTRA_CLEAN += $(OBJS:.o=.d)

# PGXS makes missing objects only where the library is older than something.
$(shlib): src/SOURCES

health_dp--$(EXTVERSION).sql: $(INSTALL_SQL)
	cat $^ > $@

# What says which version it is. Made anew when that changes.
VERSIONED = src/projects/tables $(TOOL_SOURCES:.cpp=)
$(VERSIONED:=.o): override CPPFLAGS += -DHDP_VERSION='"$(EXTVERSION)"'
$(VERSIONED:=.o): health_dp.control

# An archive, of which the linker takes what the tool calls. Made anew: an old one would keep what core no longer has.
$(CORE_LIBRARY): $(filter src/core/%,$(OBJS))
	rm -f $@
	$(AR) $(AROPT) $@ $^

$(TOOL): $(TOOL_OBJS) $(CORE_LIBRARY)
	$(CXX) $(CXXFLAGS) $^ $(LDFLAGS) -lsodium -lcrypto -o $@

all: $(TOOL)
install: install-tool
install-tool: $(TOOL)
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(TOOL) '$(DESTDIR)$(bindir)/$(TOOL)'
uninstall: uninstall-tool
uninstall-tool:
	rm -f '$(DESTDIR)$(bindir)/$(TOOL)'
.PHONY: install-tool uninstall-tool

# Only looks: `make syntax CXX=clang++-14`, a second compiler's opinion.
%.syntax: %.cpp
	$(CXX) -fsyntax-only $(PG_CPPFLAGS) $(PG_CXXFLAGS) $<
$(VERSIONED:=.syntax): override PG_CPPFLAGS += -DHDP_VERSION='"$(EXTVERSION)"'
syntax: $(SOURCES:.cpp=.syntax) $(TOOL_SOURCES:.cpp=.syntax)
.PHONY: syntax

else

# Each brings what it needs with it: scripts/sandbox says how. SUITES="unit regress" picks from the list in scripts/suites.
.PHONY: $(SELF_CONTAINED)
$(SELF_CONTAINED):
	@scripts/$@ $(SUITES)

endif
