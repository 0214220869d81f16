# SPDX-License-Identifier: MIT
"""The deepest stack of a firmware: the frames that the compiler noted (-fstack-usage) along the calls in the
disassembly.

Calls through pointers are followed as POINTERS says: by caller, to what a function's pointer may be there. What calls
through a pointer and is not named there is reported, not guessed. Recursion is cut; mbedTLS has none that nests in use.
"""

import collections
import glob
import os
import re
import subprocess

# Caller (a regular expression) to callees (the same), all of them whole names.
POINTERS = (
    # The core's ports.
    (r"fv_tls_(send|recv|handshake|end)|stream_(send|recv)|keep_io_error", r"send|recv|last_error"),
    (r"fv_conn_\w+|fv_lane_wait|open_once|wait_until|broken|dial|race|begin|collect|failed|fv_dial",
     r"send|recv|close|open|wait|connected|resolve|last_error"),
    (r"fv_(store|partial|ledger|log|table|plan|state)_\w+|read_\w+|write_(?!ordered)\w+|open_\w+|flush|load|make|grow|build|ca_read|kept|clean_one|publish|"
     r"settle|close_\w+|look_at\w*|check_part|fv_fw_\w+|is_there|rebuild|compact|copy_\w+|create_log|reserve|drop_\w+|checkpoint|remove_file|name_it|file_begin|check_space|fv_download_ends",
     r"storage_(open|read|write|size|truncate|reserve|sync|set_time|close|stat|rename|remove|make_dir|remove_dir|sync_dir|free_space)"),
    (r"write_ordered", r"block_write"),  # port/fat/disk.c, to the card
    (r"fv_partial_clean", r"storage_list_dir"), (r"storage_list_dir", r"clean_one|forget"),
    (r"tell_sink|judge_\w+|fv_attempt_\w+|put_off|again|fv_transfer_step",
     r"(file|listing|output)_(begin|content|have)"),
    (r"go_back|afresh|again|fv_transfer_step", r"(file|listing|output)_address"),
    (r"fits_order|fv_attempt_head", r"file_other"), (r"await_head|fv_attempt_ask", r"send_ahead"),
    (r"take_entry|give|listing_begin", r"plan_entry|plan_restart"),
    (r"fv_report\w*|put_off|again|file_content|show_progress", r"on_file|on_retry|on_progress"),
    (r"next|refill|fv_tls_bundle_\w+|fv_tls_trust_\w+", r"ca_read"),
    (r"fill|fv_tls_version_start|mbedtls_psa_external_get_random|jitter", r"fv_board_entropy"),
    # mbedTLS.
    (r"mbedtls_ssl_(fetch_input|flush_output)", r"stream_(recv|send)"),
    (r"mbedtls_pk_\w+", r"(rsa|eckey|ecdsa)_\w+_wrap|rsa_verify_wrap"),
    (r"mbedtls_cipher_\w+|mbedtls_block_cipher\w*", r"aes_\w+_wrap|gcm_\w+|ccm_\w+"),
    # littlefs, a flash, its bus.
    (r"lfs2_\w+", r"flash_(read|program|erase|sync)"), (r"flash_\w+", r"nor_(read|program|erase|sync)"),
    (r"nor_\w+|command|send_head|status|select", r"spi_(swap|receive|transmit|select)"),
    # lwIP.
    (r"poll", r"ethernet_input"), (r"ethernet_output|etharp_\w+", r"output"),
    (r"ip4_output_if\w*", r"etharp_output|output"), (r"tcp_\w+", r"on_\w+|tcp_recv_null"),
    (r"udp_input", r"dhcp_recv|on_datagram"),
    (r"sys_check_timeouts", r"tcpip_tcp_timer|lwip_cyclic_timer"), (r"lwip_cyclic_timer", r"\w+_tmr"),
    (r"fv_lwip_run|fv_lwip_until", r"turn|rest"), (r"turn", r"poll"), (r"rest", r"idle"),
    (r"fv_lwip_until", r"any_ready|has_address|has_verdict|never"),
    (r"on_datagram", r"judge"), (r"fv_lwip_time", r"resolve|fv_board_entropy"),
    (r"fv_lwip_random", r"fv_board_entropy"),
)
# What is not reached below a function although the calls would allow it. HMAC and the key schedule have the hash of
# the suite, and tls_suites_lean.c offers none with SHA-384 that gets here.
LEAN = (r"psa_(mac|hmac|key_derivation)_\w+", r"mbedtls_internal_sha512_process")
ROOTS = ("fv_bare_start",)
ARM, RISCV = 40, 243  # e_machine
PREFIX = {ARM: "arm-none-eabi-", RISCV: "riscv64-unknown-elf-"}
INTERRUPT = {ARM: 8 * 4 + 16, RISCV: 0}  # what the core saves, and a handler's frame; port/riscv takes no interrupt
# A call or a jump to a function, whose address and name are groups 2 and 3; and one through a pointer.
CALL = {ARM: r"\t(bl|b\.w|b\.n|b|blx|cbz|cbnz|b\w\w\.[nw])\t.*?\b([0-9a-f]+) <([^>+]+)>",
        RISCV: r"\t(jal|jalr|j|jr|b\w+)\t(?:.*\b)?([0-9a-f]+) <([^>+]+)>"}
POINTER = {ARM: r"\t(blx|bx)\tr\d+|\tblx\t(ip|sl|fp|lr|r\d+)", RISCV: r"\t(jalr|jr)\t(?!ra\b)\w+$|\tjalr\tra$"}


def machine(build):
    """Whose instructions the firmware has."""
    with open(f"{build}/firmware.elf", "rb") as file:
        return int.from_bytes(file.read(20)[18:20], "little")


def tool(build, name):
    """A tool of binutils for it."""
    return PREFIX[machine(build)] + name


def frames(build):
    """{function: bytes} as the compiler noted them when it linked; of several with one name the most."""
    most = collections.defaultdict(int)
    for path in glob.glob(f"{build}/firmware.elf.ltrans*.su"):
        with open(path, encoding="utf-8") as file:
            for line in file:
                where, size, _ = line.rstrip("\n").split("\t")
                name = where.rsplit(":", 1)[1]
                most[name] = max(most[name], int(size))
    return most


def calls(build):
    """{function: called}, {function: its name}, and the functions that call through a pointer. A function is its
    address: of static ones, several may have one name."""
    core = machine(build)
    text = subprocess.run([tool(build, "objdump"), "-d", "--no-show-raw-insn", f"{build}/firmware.elf"],
                          stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    graph, names, pointers, current = collections.defaultdict(set), {}, set(), None
    for line in text.splitlines():
        start = re.match(r"([0-9a-f]+) <([^>]+)>:$", line)
        if start:
            current = int(start[1], 16)
            names[current] = start[2]
            continue
        call = re.search(CALL[core], line)
        if call and int(call[2], 16) != current:
            graph[current].add(int(call[2], 16))
        elif re.search(POINTER[core], line):
            pointers.add(current)
    for at, name in names.items():   # a veneer jumps to a function that is too far away to be called
        far = re.fullmatch(r"__(\w+)_veneer", name)
        graph[at] |= {to for to, other in names.items() if far and other == far[1]}
    return graph, names, pointers


def base(name):
    """A function's name without what the compiler appended."""
    return re.sub(r"\.(constprop|isra|part|cold|lto_priv|localalias)\S*$", "", name)


def frame(noted, name):
    """What was noted of a function; the linker has put numbers behind some names."""
    for known in (name, re.sub(r"\.\d+$", "", name), re.sub(r"\.lto_priv\.\d+$", "", name), base(name)):
        if known in noted:
            return noted[known]
    return 0


def deepest(build):
    """(bytes, the way there, functions whose calls through pointers are not followed)."""
    noted, (graph, names, pointers) = frames(build), calls(build)
    size = {at: frame(noted, name) for at, name in names.items()}
    unknown = []
    for at in sorted(pointers):
        to = [callee for caller, callee in POINTERS if re.fullmatch(caller, base(names[at]))]
        targets = {f for f, name in names.items() for callee in to if re.fullmatch(callee, base(name))}
        graph[at] |= targets
        if not targets:
            unknown.append(base(names[at]))
    lean = os.path.exists(f"{build}/src/net/tls_suites_lean.o")
    known = {}

    def walk(at, above, without):
        name = base(names.get(at, ""))
        without = without or (lean and re.fullmatch(LEAN[0], name) is not None)
        if (at, without) in known:
            return known[at, without]
        best = (0, [])
        for callee in graph.get(at, ()):
            if callee not in above and not (without and re.fullmatch(LEAN[1], base(names.get(callee, "")))):
                best = max(best, walk(callee, above | {callee}, without), key=lambda one: one[0])
        known[at, without] = (size.get(at, 0) + best[0], [at, *best[1]])
        return known[at, without]

    roots = [at for at, name in names.items() if name in ROOTS]
    total, path = max((walk(root, {root}, False) for root in roots), key=lambda one: one[0])
    big = [f"{base(names[at])} {size[at]}" for at in path if at in names and size[at] >= 64]
    return total + INTERRUPT[machine(build)], big, sorted(set(unknown))


if __name__ == "__main__":
    import sys
    print(deepest(sys.argv[1]))
    assert os.path.isdir(sys.argv[1])
