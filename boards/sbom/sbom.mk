# SPDX-License-Identifier: MIT
# `make sbom`: what is in the binary of a board, for those who get it: CycloneDX and SPDX. See README.md.

# The linker writes down what it takes. The map of LLVM's says nothing of objects that link-time optimisation has taken:
# its trace does (boards/linux/llvm.mk).
LINK_MAP = -Wl,-Map=$(basename $@).map $(LINK_TRACE)

BINARY := $(if $(filter $(BOARD),$(FIRMWARE)),$(B)/firmware.elf,$(OUT)/fluxvision)
CYCLONEDX := $(basename $(BINARY)).cdx.json
SPDX := $(basename $(BINARY)).spdx.json
SBOM_TREES := $(foreach t,MBEDTLS JSMN LWIP OOFATFS LITTLEFS BEARSSL OPENSSL MUSL,$(t)=$($(t)_DIR))
# jsmn is a header; these objects hold what is used of it.
SBOM_JSMN := $(notdir $(patsubst %.c,%.o,$(filter src/%,$(SEES_jsmn))))

sbom: $(CYCLONEDX) $(SPDX) ## the bill of materials of BOARD's binary: build/fluxvision.cdx.json (CycloneDX), .spdx.json
# Both are written at once.
$(SPDX): $(CYCLONEDX) ;
$(CYCLONEDX): $(BINARY) $(wildcard boards/sbom/*.py boards/licences/*) boards/sources.lock boards/sources.upstream \
    LICENSE
	@[ -x $(PYTHON) ] || { echo 'sbom: the Debian package python3 is missing' >&2; exit 1; }
	$(call say,text,$@)$(PYTHON) boards/sbom/sbom.py --binary $< --objects $(B) --board $(BOARD) \
	    --version $(VERSION) --time $(BUILD_TIME) --libc '$(LIBC_PART)' --cc '$(or $(FW_CROSS:%=%gcc $(FW_CPU) \
	    $(FW_LIBC)),$(CC))' --jsmn $(SBOM_JSMN) --trees $(SBOM_TREES) --library $(LIBRARY_O) \
	    --ours $(KERNEL_FILES:%=$(B)/mbedtls/%.o)
.PHONY: sbom
