# SPDX-License-Identifier: GPL-2.0
"""Which layer a function is of: data, and the lookup in it."""
import re

GUEST = "guest"
SWITCH = "entry and exit"
MITIGATIONS = "mitigations"
EXIT = "KVM: exit's reason"
EMULATOR = "KVM: emulator"
BUS = "KVM: bus"
DOOR = "Keel: door and lock"
MODEL = "chip's model"
DATA = "Keel: data side"
LOOP = "Keel: loop"
INTERRUPT = "LAPIC, interrupt"
TIMER = "host's timers"
SCHEDULER = "scheduler, idle"
EVENTFD = "eventfd"
USER = "VMM"

# In the tables' order. Documentation/performance.rst says what each is
LAYERS = [GUEST, SWITCH, MITIGATIONS, EXIT, EMULATOR, BUS, DOOR, MODEL, DATA, LOOP, EVENTFD, INTERRUPT,
          TIMER, SCHEDULER, USER]

LATE = "not executed"

# The rows that are shown, with the tables' words
ROWS = {
    "pit-read": "PIT read",
    "pit-write": "PIT write",
    "lsr-read": "LSR read",
    "unmapped-read": "unmapped read",
    "ioapic-read": "IOAPIC read",
    "ioapic-select": "IOAPIC select",
    "doorbell-memory": "doorbell",
    "edge-round-trip": "edge",
    "level-round-trip": "level",
    "pit-shot-busy": "PIT shot, busy",
    "pit-shot-halted": "PIT shot, halted",
    "blk-read-1": "4 KiB read",
}
PEERS = ["kvm", "keel-bus"]

# Rows in which a timer counts meanwhile. What passes there without instructions of theirs: up to a
# tick of the PIT, 838 ns, until Keel's begins to count, as the chip does; and what the host's clock
# is late, since its kernel has measured the frequency of its LAPIC's timer, and not exactly.
WAITS = {"pit-shot-busy", "pit-shot-halted"}
NOT_EXECUTED = 838 + 300
DIFFER = 0.002          # of a figure, which is a median of other samples too

# Samples begin and end where these functions of the guest read the clock
BEGINS = frozenset({"measure_after", "pit_shoot"})
ENDS = frozenset({"measure_after", "irq_entry"})

# Of Keel, by the source file that a function is in
FILES = [
    (r"devices/(chips|pci|virtio)/", MODEL),
    (r"devices/", DOOR),
    (r"kmod/(vcpu|exits|kick)\.", LOOP),
    (r"kmod/(doorbell|vqueue|vdev|vhost|server|memory|hostfile|backends/)", DATA),
    (r"kmod/router\.", INTERRUPT),
    (r"kmod/clock\.", TIMER),
    (r"kmod/", DOOR),
]

# By module and name; the first that fits. Functions of the kernel that are not here serve whoever
# has called them: they are of the layer of the function before.
RULES = [
    (r"vmlinux:(srso_|entry_untrain|__x86_indirect|__x86_return|retbleed_|x86_virt_spec_ctrl|"
     r"amd_clear_divider|__handle_intr_saferet)", MITIGATIONS),
    (r"vmlinux:(schedule|__schedule|try_to_wake|wake_up_process|ttwu_|do_idle|default_idle|"
     r"cpu_startup|native_safe_halt|cpuidle_|tick_nohz|ct_idle|ct_kernel|enqueue_task|dequeue_task|"
     r"__switch_to|finish_task_switch|pick_next|put_prev|set_next|psi_|kthread_|preempt_|arch_cpu_idle|"
     r"update_rq_clock|schedule_idle|check_preempt|resched_curr|worker_thread|rcuwait)", SCHEDULER),
    (r"vmlinux:(hrtimer_|__hrtimer|timerqueue_|enqueue_hrtimer|tick_|clockevents_|lapic_next|"
     r"asm_sysvec_apic_timer|sysvec_apic_timer|__sysvec_apic_timer|irqentry_|irq_enter|irq_exit|error_entry|"
     r"error_return|common_interrupt_return|swapgs_restore)", TIMER),
    (r"vmlinux:(eventfd_|__wake_up|wake_up_)", EVENTFD),
    (r"kvm:(irqfd_|kvm_set_irq|kvm_set_msi|kvm_arch_set_irq|kvm_irq_delivery|__apic_accept|kvm_apic_|"
     r"apic_|__apic|kvm_lapic|kvm_vcpu_kick|kvm_make_request|kvm_vcpu_wake_up|kvm_cpu_get_interrupt|"
     r"kvm_cpu_has_|kvm_check_and_inject|inject_pending|kvm_queue|kvm_pv_eoi|kvm_inject|kvm_get_apic|"
     r"kvm_msi|kvm_notify_acked|kvm_ioapic_(?!mmio)|kvm_pic_|kvm_send_|pv_eoi|kvm_intr_is|kvm_hv_synic|"
     r"kvm_scan|vcpu_scan|kvm_vector_|kvm_ioapic_set)", INTERRUPT),
    (r"kvm_amd:(svm_inject|svm_enable_irq|svm_interrupt_|svm_update_cr8|svm_deliver|svm_set_vintr|"
     r"svm_clear_vintr|interrupt_window)", INTERRUPT),
    (r"kvm:(kvm_io_bus|__kvm_io_bus|kvm_iodevice)", BUS),
    (r"vmlinux:bsearch", BUS),
    (r"kvm:(pit_|create_pit|kvm_pit_|__get_time|ioapic_|pic_|picdev_|elcr_|speaker_|kvm_pic_|update_handled|"
     r"ioapic|kvm_ioapic|pic_)", MODEL),
    (r"kvm:(vcpu_block|kvm_vcpu_halt|kvm_vcpu_block|kvm_vcpu_check_block|kvm_sched_|kvm_arch_vcpu_(load|put)|"
     r"vcpu_(load|put)|kvm_arch_no_poll|kvm_arch_vcpu_runnable)", SCHEDULER),
    (r"kvm_amd:(svm_vcpu_load|svm_vcpu_put)", SCHEDULER),
    (r"kvm:emulator_pio", EXIT),
    (r"kvm:(x86_|em_|emulator_|decode_|init_(emulate|decode)|linearize|__linearize|__do_insn|"
     r"kvm_fetch|nonpaging|kvm_vcpu_read_guest|kvm_vcpu_gfn|read_emulated|segmented_|writeback|reg_|"
     r"vcpu_mmio|vcpu_is_mmio|mmio_info|read_prepare|write_mmio|read_|write_|fetch_|kvm_mmu_page_fault|"
     r"assign_|fastop|prepare_emul)", EMULATOR),
    (r"kvm_amd:(svm_get_segment|svm_seg|svm_get_cs|svm_get_cpl|svm_can_emulate|npf_)", EMULATOR),
    (r"kvm:(kvm_arch_vcpu_ioctl_run|kvm_load_|kvm_set_cr8|kvm_get_cr8|kvm_wait_lapic|kvm_on_user|"
     r"kvm_vcpu_ioctl)", SWITCH),
    (r"kvm_amd:(svm_handle_exit|svm_invoke|io_interception|__svm_skip|svm_skip|amd_pmc|amd_|.*_interception|"
     r"svm_get_rflags|svm_set_rflags)", EXIT),
    (r"kvm_amd:", SWITCH),
    (r"kvm:", EXIT),
    (r"vmlinux:(native_load_tr|load_fixmap|load_direct_gdt|rcu_note_context|fpregs_|native_read_msr|"
     r"get_cpu_entry|native_load_gdt|switch_fpu_return|restore_fpregs|save_fpregs)", SWITCH),
    (r"vmlinux:(entry_SYSCALL|do_syscall|__x64_sys|syscall_)", USER),
]


class Layering:
    """
    Layers of functions.

    sources: Keel's functions: the object file that each is in
    """

    def __init__(self, sources):
        self.sources = sources
        self.known = {}

    def _of(self, place):
        if place.module == "guest":
            return GUEST
        if place.module == "user":
            return USER
        if place.module == "keel":
            source = self.sources.get(re.sub(r"\.(isra|part|constprop|cold).*", "", place.function), "kmod/")
            return next(layer for pattern, layer in FILES if re.match(pattern, source))
        name = f"{place.module}:{place.function}"
        return next((layer for pattern, layer in RULES if re.match(pattern, name)), None)

    def of(self, place):
        """A function's layer; None: that of the function before."""
        if place not in self.known:
            self.known[place] = self._of(place)
        return self.known[place]
