# asrdiag: build, try and test. Go and make are all that build, run and test need.

GO        ?= go
VERSION   ?= 0.1.0-dev
BIN       := bin
PACKS     := asr-process-server asr-source-machine
PACKDIRS  := $(addprefix checks-wasm/,$(PACKS))
EMBED     := cmd/asrdiag/packs
LICENSES  := cmd/asrdiag/licenses/licenses.json
LDFLAGS   := -s -w -X main.version=$(VERSION)
GOBUILD   := CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(LDFLAGS)"
# asrcollect has to be small: functions are inlined only where its time goes, and
# are packed without gaps between them.
HOT       := internal/runtime/maps internal/bytealg bytes unicode/utf8 hash/crc32 crypto/internal/fips140/sha256 \
             github.com/klauspost/compress/flate github.com/asrdiag/asrdiag/collector/internal/regex
# The marking of the garbage collector that is new in Go 1.26 is 45 KB more;
# 58 KB are buffers on the stack that make with a variable length would try first,
# and names of instances of generic functions that spell out whole structs.
SMALLGC   := GOEXPERIMENT=nogreenteagc
SMALLCODE := -d=variablemakethreshold=0,maxshapelen=64
# 184 KB are lines of statements of the standard library: cmd/flatlines.
# go list looks into no folder that begins so
FLAT      := $(BIN)/_flat
# 151 KB are assembly of ciphers and hashes that only probes use, a few times in a
# run; those of the bundle (sha256) and of pseudonyms (aes) keep theirs.
comma     := ,
PORTABLE  := vendor/golang.org/x/crypto/chacha20poly1305 crypto/internal/fips140/sha3 \
             crypto/internal/fips140/aes/gcm crypto/sha1 crypto/internal/fips140/nistec crypto/internal/fips140/bigmod crypto/internal/fips140/sha512
FLATLINES  = $(BIN)/flatlines -tags packed -portable $(subst $() ,$(comma),$(strip $(PORTABLE)))
SMALL      = -gcflags='all=-l $(SMALLCODE)' $(foreach p,$(HOT),-gcflags=$(p)=) -ldflags "$(LDFLAGS) $(VOUCH) -funcalign=1"
# Its profiles are embedded as one compressed file.
PACKED    := collector/profiles/packed.gz
MAX_EXE   := 7500000
# A release build signs with the key that PACK_KEY names; otherwise a
# development key is made once and kept out of git.
DEV_KEY   := .devkey/development.key
PACK_KEY  ?= $(DEV_KEY)
# Profiles that come as files are signed with the key whose public half is built
# into asrcollect: the same one, unless PROFILE_KEY names another.
PROFILE_KEY ?= $(PACK_KEY)
PROFILE_BY   = $(if $(filter $(DEV_KEY),$(PROFILE_KEY)),the development key,the key $(notdir $(basename $(PROFILE_KEY))))
VOUCH        = -X main.profileKeys=$$(tail -n 1 $(PROFILE_KEY:.key=.pub) | tr -d '\r') -X 'main.profileSigner=$(PROFILE_BY)'

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEADCODE    := golang.org/x/tools/cmd/deadcode@v0.52.0
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
TOOLS       := $(BIN)/tools
# what asrcollect.exe is made of, but for the packages that asrdiag has too;
# collector/hide.go is for the simulator and tests
COLLECTOR   := asrdiag/(collector|cmd/asrcollect)

.PHONY: help build flat profiles resources packs run test verify check bench microbench fuzz golden picture fmt dist sign clean

help: ## show the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: packs $(LICENSES) profiles flat ## build everything into bin/
	$(SMALLGC) $(GOBUILD) -overlay $(FLAT)/here/overlay.json -tags packed $(SMALL) -o $(BIN)/asrcollect ./cmd/asrcollect
	@for f in collector/profiles/*.json; do $(BIN)/asrcollect profiles $$(basename $$f .json) | cmp - $$f || exit 1; done
	$(GOBUILD) -o $(BIN)/asrdiag ./cmd/asrdiag
	@$(MAKE) -s resources
	GOOS=windows GOARCH=amd64 $(SMALLGC) $(GOBUILD) -overlay $(FLAT)/windows/overlay.json -tags packed $(SMALL) -o $(BIN)/asrcollect.exe ./cmd/asrcollect
	@size=$$(wc -c < $(BIN)/asrcollect.exe); test $$size -le $(MAX_EXE) || { echo "asrcollect.exe has $$size bytes, more than $(MAX_EXE)"; exit 1; }
	GOOS=windows GOARCH=amd64 $(GOBUILD) -o $(BIN)/asrdiag.exe ./cmd/asrdiag
	cp collector/script/asrcollect.sh collector/script/asrcollect.cmd $(BIN)/

flat: profiles
	@GOOS= GOARCH= $(GO) build -o $(BIN)/flatlines ./cmd/flatlines
	@$(SMALLGC) $(FLATLINES) $(FLAT)/here ./cmd/asrcollect
	@GOOS=windows GOARCH=amd64 $(SMALLGC) $(FLATLINES) $(FLAT)/windows ./cmd/asrcollect

profiles:
	@GOOS= GOARCH= $(GO) run collector/profiles/packer.go $(PACKED)

# What Windows shows of the programs, and the rights they ask for. go build takes
# the files when they are there, and builds programs without all that when not.
resources:
	@mkdir -p $(BIN)
	@set -e; new=$$(mktemp -d $(BIN)/new.XXXXXX); trap 'rm -rf "$$new"' EXIT; \
	for name in asrcollect asrdiag; do \
	if GOOS= GOARCH= $(GO) tool go-winres make --in cmd/$$name/winres.json --arch amd64 --out $$new/rsrc --file-version $(VERSION) --product-version $(VERSION); \
	then mv -f $$new/rsrc_windows_amd64.syso cmd/$$name/; \
	else echo "go-winres does not work here: $$name.exe gets no manifest and no version" >&2; fi; done

# The packs are built by asrdiag itself, so a first asrdiag without packs comes
# before; the second one embeds them with the public half of the key.
# patterns.wasm is the module of packs that have no code.
# Each run has a folder of its own and moves what it made into place, so that a
# second run at the same time finds whole packs.
packs: $(PACK_KEY) ## build and sign the check packs, and stage them for embedding
	@mkdir -p $(BIN)/packs $(EMBED)
	@set -e; new=$$(mktemp -d $(BIN)/new.XXXXXX); trap 'rm -rf "$$new"' EXIT; \
	$(GOBUILD) -o $$new/packtool ./cmd/asrdiag; \
	for dir in $(PACKDIRS); do $$new/packtool pack build --out $$new --key $(PACK_KEY) $$dir; done; \
	mkdir $$new/embed; cp $$new/*.asrpack $(PACK_KEY:.key=.pub) $$new/embed; \
	for f in $$new/embed/*.asrpack; do sha256sum < $$f | cut -c 1-64 > $$f.sha256; done; \
	GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w" -o $$new/embed/patterns.wasm ./checks-wasm/patternmodule; \
	for f in $(EMBED)/*.asrpack $(EMBED)/*.sha256 $(EMBED)/*.pub; do test -e "$$new/embed/$${f##*/}" || rm -f "$$f"; done; \
	for f in $(BIN)/packs/*; do test -e "$$new/$${f##*/}" || rm -f "$$f"; done; \
	mv -f $$new/embed/* $(EMBED)/; mv -f $$new/*.asrpack* $(BIN)/packs/

# The texts of the licences of all that is linked.
$(LICENSES): go.mod go.sum cmd/licenses/main.go
	$(GO) run ./cmd/licenses > $@.new
	@mv $@.new $@

$(DEV_KEY):
	@mkdir -p $(dir $@) $(BIN)
	$(GOBUILD) -o $(BIN)/packtool ./cmd/asrdiag
	$(BIN)/packtool pack keygen --out $(basename $@)
	@rm -f $(BIN)/packtool

docs: ## write what stands in docs/ about the checks
	$(GO) run ./cmd/checkdocs

run: build ## collect from this machine, analyze that and a sample incident
	@GO="$(GO)" sh cmd/demo.sh

test: build ## unit and command-line tests, incidents under Wine, a page in the browser
	@$(GO) build -o $(BIN)/testlines ./cmd/testlines
	$(GO) test -json $(TESTFLAGS) ./... 2>&1 | $(BIN)/testlines

incidents: build ## let asrcollect.exe collect from every simulated server, under Wine; see docs/simulator.md
	$(GO) run ./cmd/incidents -exe $(BIN)/asrcollect.exe -out $(BIN)/incidents $(INCIDENTFLAGS)
	$(GO) test -count=1 -run '^TestCollected$$' ./docs/schema

verify: ## check, test and all that takes longer; writes docs/verified.md
	@MAKE="$(MAKE)" GO="$(GO)" sh cmd/verify.sh

# The tools run on this system, whatever GOOS a check is for.
$(TOOLS):
	GOBIN=$(abspath $(TOOLS)) $(GO) install $(STATICCHECK)
	GOBIN=$(abspath $(TOOLS)) $(GO) install $(DEADCODE)
	GOBIN=$(abspath $(TOOLS)) $(GO) install $(GOFUMPT)

check: $(TOOLS) profiles ## vet for Linux and Windows, build for WASI, staticcheck, layering, dead code, formatting
	@out=$$($(TOOLS)/gofumpt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofumpt wants: $$out"; exit 1; }
	GOOS=linux $(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	GOOS=wasip1 GOARCH=wasm $(GO) build -o /dev/null ./bundles ./checks-wasm/abi ./checks-wasm/scan ./checks-wasm/check ./checks-wasm/hostcheck $(addprefix ./,$(PACKDIRS))
	GOOS=linux $(TOOLS)/staticcheck ./...
	GOOS=windows $(TOOLS)/staticcheck ./...
	$(GO) test ./cmd -run TestLayering
	@out=$$($(TOOLS)/deadcode -test ./...); test -z "$$out" || { echo "$$out"; exit 1; }
	@out=$$(GOOS=windows $(TOOLS)/deadcode -tags packed -filter '$(COLLECTOR)' ./cmd/asrcollect | grep -v '^collector/hide.go' || true); test -z "$$out" || { echo "$$out"; exit 1; }
	$(GO) mod tidy -diff

# A count, because a time limit can end a target in the middle of an input and call
# that a failure.
FUZZTIME ?= 10000x
fuzz: ## run every fuzz target for FUZZTIME inputs
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg; done; done

bench: build ## measure the programs beside their peers; writes docs/benchmarks.md
	$(GO) build -o $(BIN)/bench ./cmd/bench
	$(BIN)/bench -bin $(BIN) -md docs/benchmarks.md $(BENCHFLAGS)

microbench: ## run the benchmarks of single packages (go test -bench)
	$(GO) test -run '^$$' -bench . -benchmem ./...

golden: ## rewrite the golden files, to be read before they are committed
	$(GO) test ./analyzer/render -update

# Needs Chromium. The desk's date shows in the picture as the age of the sample.
CHROMIUM ?= chromium
picture: build ## redraw docs/report.png from a sample incident
	$(BIN)/asrdiag analyze --format html --out $(BIN)/report.html --fail-on never bundles/testdata/cache-full-proxy-differs.zip
	$(CHROMIUM) --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
	  --disable-sync --user-data-dir=$(abspath $(BIN)/chromium) --hide-scrollbars --window-size=1100,1240 --screenshot=$(abspath docs/report.png) \
	  file://$(abspath $(BIN)/report.html)
	@rm -rf $(BIN)/chromium

fmt: $(TOOLS) ## format the code
	$(TOOLS)/gofumpt -w $$(git ls-files '*.go')

dist: build $(if $(SIGN_CERT),sign) ## checksums of the built programs, and the licences; signed with SIGN_CERT
	$(BIN)/asrdiag licenses --all > $(BIN)/LICENSES.txt
	cd $(BIN) && sha256sum asrcollect asrdiag asrcollect.exe asrdiag.exe asrcollect.sh asrcollect.cmd LICENSES.txt packs/* > SHA256SUMS

# A release names its certificate, key and time stamp server: see cmd/sign.sh.
sign: build ## sign the Windows programs: make sign SIGN_CERT=chain.pem SIGN_KEY=key.pem
	@SIGN_CERT="$(SIGN_CERT)" SIGN_KEY="$(SIGN_KEY)" SIGN_PASS="$(SIGN_PASS)" SIGN_TIME="$(SIGN_TIME)" sh cmd/sign.sh $(BIN)

clean: ## remove what was built; the development key stays
	rm -rf $(BIN) $(EMBED)/*.asrpack $(EMBED)/*.sha256 $(EMBED)/*.pub $(LICENSES)
