/* SPDX-License-Identifier: BSD-2-Clause */
/* A 512-byte BIOS boot sector that says who it is on COM1 and then does one thing to its machine.
 *
 * Chosen at assembly with -DACTION_...: POWEROFF (ACPI S5 through PM1a_CNT; SeaBIOS puts it at 0x604 on q35 and pc),
 * RESET (port 0xCF9, again and again), WAIT (p on COM1 powers off, r resets, anything else is echoed), WRITE (writes its
 * own second sector by INT 13h, reads it back, says what it read, powers off), SCROLL (scrolls text on the screen, FRAMES
 * times, 30 a second, powers off), INPUT (prints each byte of the PS/2 keyboard as K and of the mouse as M with two hex
 * digits, on the screen as well, powers off when Esc is released), COLOURS (shows the eight backgrounds of VGA text side by
 * side, halts), FLOOD (writes FLOOD_BLOCKS KiB to the debug port 0x402, says so, powers off), BUTTON (waits for the power
 * button, powers off), PANIC (tells the machine so at pvpanic's port, halts), FAR (reads sector 1000, says how that went,
 * powers off), COUNT (between writes of 0xAA and 0xBB to port 0x80 reads the HPET's counter 1,000 times, writes port 0x80 500
 * times, reads PCI configuration of 00:00.0 200 times and 64 blocks of the CD, every second one from 20 on; powers off), HANG
 * (halts for ever).
 * -DTEXT="..." is the line it prints, -DTICKS=n waits n/18.2 s before it acts. */
    .code16
    .globl _start
_start:
    cli                         /* SeaBIOS's serial console writes what is left of its own text at each timer tick */
    ljmp $0, $1f
1:  xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    movb %dl, drive
    sti
    cld
    movl 0x46c, %ebx            /* SeaBIOS's serial console holds its last bytes back until a timer tick; */
    addl $2, %ebx               /* ours would come in between */
1:  hlt
    cmpl %ebx, 0x46c
    jb 1b
    movw $text, %si
    call say

#if TICKS > 0
    movl 0x46c, %ebx
    addl $TICKS, %ebx
2:  hlt
    cmpl %ebx, 0x46c
    jb 2b
#endif

#if defined ACTION_POWEROFF
    call poweroff
#elif defined ACTION_RESET
    call reset
#elif defined ACTION_WAIT
    cli                         /* SeaBIOS's serial console would read COM1 at each timer tick */
3:  movw $0x3fd, %dx
    inb %dx, %al
    testb $1, %al
    jz 3b
    movw $0x3f8, %dx
    inb %dx, %al
    cmpb $'p', %al
    je poweroff
    cmpb $'r', %al
    je reset
    call put
    jmp 3b
#elif defined ACTION_SCROLL
    movb $0x36, %al             /* the timer: 1193182 / 39773 = 30 interrupts a second */
    outb %al, $0x43
    movw $39773, %ax
    outb %al, $0x40
    movb %ah, %al
    outb %al, $0x40
    movw $0xb800, %ax
    movw %ax, %ds
    movw %ax, %es
    movw $FRAMES, %bp
10: hlt
    movw $160, %si              /* 25 lines of 80: all one up, a new one at the end */
    xorw %di, %di
    movw $1920, %cx
    rep movsw
    movw $80, %cx
    movb $7, %ah
11: incb %bl
    movb %bl, %al
    andb $0x3f, %al
    addb $0x30, %al
    stosw
    loop 11b
    decw %bp
    jnz 10b
    call poweroff
#elif defined ACTION_COLOURS
    movw $0xb800, %ax
    movw %ax, %es
    xorw %di, %di
    movw $0x20, %ax
    movw $8 * 25, %dx
15: movw $10, %cx
    rep stosw
    addb $0x10, %ah             /* the next background; the last bit would mean blinking */
    andb $0x70, %ah
    decw %dx
    jnz 15b
#elif defined ACTION_BUTTON
    movw $0x602, %dx            /* PM1a: the power button on; its state is in the register before */
    movw $0x100, %ax
    outw %ax, %dx
    movw $0x600, %dx
17: inw %dx, %ax
    testb $1, %ah
    jz 17b
    call poweroff
#elif defined ACTION_FLOOD
    movw $0x402, %dx
    movw $FLOOD_BLOCKS, %bp
16: movw $0x7c00, %si
    movw $1024, %cx
    rep outsb
    decw %bp
    jnz 16b
    movw $text_done, %si
    call say
    jmp poweroff
text_done:    .asciz "flood is over\r\n"
#elif defined ACTION_INPUT
    cli                         /* SeaBIOS's handlers would take the bytes */
    movb $0xa8, %al             /* the mouse's port on, then its reports */
    call controller
    movb $0xd4, %al
    call controller
    call controller_wait
    movb $0xf4, %al
    outb %al, $0x60
12: inb $0x64, %al
    testb $1, %al
    jz 12b
    movb $'K', %bh
    testb $0x20, %al
    jz 13f
    movb $'M', %bh
13: inb $0x60, %al
    movb %al, %bl
    movb %bh, %al
    call put
    movb %bl, %al
    shrb $4, %al
    call digit
    movb %bl, %al
    andb $15, %al
    call digit
    movb $13, %al
    call put
    movb $10, %al
    call put
    cmpw $('K' << 8 | 0x81), %bx
    jne 12b
    call poweroff
#elif defined ACTION_PANIC
    movw $0x505, %dx            /* QEMU docs/specs/pvpanic: bit 0 is "panicked" */
    movb $1, %al
    outb %al, %dx
#elif defined ACTION_FAR
    movw $packet, %si
    movb $0x42, %ah             /* INT 13h extensions: read by block number */
    movb drive, %dl
    int $0x13
    movw $text_far, %si
    jnc 14f
    movw $text_no_far, %si
14: call say
    call poweroff
#elif defined ACTION_COUNT
    cli
    lgdt gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    movw $8, %bx
    movw %bx, %fs               /* its limit of 4 GiB stays in real mode */
    andb $0xfe, %al
    movl %eax, %cr0
    movb $0xaa, %al
    outb %al, $0x80
    movl $0xfed000f0, %esi      /* the HPET's main counter */
    movw $1000, %cx
18: movl %fs:(%esi), %eax
    loop 18b
    movw $500, %cx
    movb $0x11, %al
19: outb %al, $0x80
    loop 19b
    movw $200, %cx
20: movl $0x80000000, %eax      /* bus 0, device 0, function 0, register 0 */
    movw $0xcf8, %dx
    outl %eax, %dx
    movw $0xcfc, %dx
    inl %dx, %eax
    loop 20b
    sti
    movw $64, %cx
21: pushw %cx
    movw $packet, %si
    movb $0x42, %ah
    movb drive, %dl
    int $0x13
    popw %cx
    addw $2, packet + 8
    loop 21b
    movb $0xbb, %al
    outb %al, $0x80
    call poweroff
    .balign 8
gdt_pointer:
    .word 15
    .long gdt
gdt:
    .quad 0
    .quad 0x00cf92000000ffff    /* data, 4 GiB */
#elif defined ACTION_WRITE
    movw $0x8000, %di           /* what the second sector holds now: 0, or 'W' from an earlier start */
    movw $0x0201, %ax
    call second_sector
    movb 0x8000, %al
    cmpb $'W', %al
    movw $text_fresh, %si
    jne 4f
    movw $text_kept, %si
4:  call say
    movb $'W', 0x8000
    movw $0x0301, %ax
    call second_sector
    movb $0, 0x8000
    movw $0x0201, %ax
    call second_sector
    cmpb $'W', 0x8000
    movw $text_lost, %si
    jne 5f
    movw $text_written, %si
5:  call say
    call poweroff
#endif
6:  hlt
    jmp 6b

#ifdef ACTION_INPUT
controller:                     /* AL is a command for the keyboard's controller */
    movb %al, %ah
    call controller_wait
    movb %ah, %al
    outb %al, $0x64
    ret
controller_wait:
    inb $0x64, %al
    testb $2, %al
    jnz controller_wait
    ret
digit:
    cmpb $10, %al
    sbbb $0x69, %al
    das
    jmp put
#endif

/* Sector 2 of cylinder 0, head 0: read or written at 0x8000; AX holds function and count. */
#ifdef ACTION_WRITE
second_sector:
    movw $0x8000, %bx
    movw $0x0002, %cx
    movb $0, %dh
    movb drive, %dl
    int $0x13
    ret
text_fresh:   .asciz "sector 2 is fresh\r\n"
text_kept:    .asciz "sector 2 was kept\r\n"
text_lost:    .asciz "write lost\r\n"
text_written: .asciz "write read back\r\n"
#endif

#ifdef ACTION_COUNT
packet:                         /* of 16 bytes: one block to 0:0x8000 */
    .word 16, 1, 0x8000, 0
    .quad 20
#endif

#ifdef ACTION_FAR
packet:                         /* of 16 bytes: one block to 0:0x8000 */
    .word 16, 1, 0x8000, 0
    .quad 1000
text_far:     .asciz "far sector read\r\n"
text_no_far:  .asciz "far sector unreadable\r\n"
#endif

poweroff:
    movw $0x604, %dx
    movw $0x2000, %ax           /* SLP_EN, SLP_TYP 0: S5 in QEMU's ACPI tables */
    outw %ax, %dx
    jmp 6b

reset:
    movw $0xcf9, %dx
    movb $6, %al
    outb %al, %dx
    jmp 6b

say:
    lodsb
    testb %al, %al
    jz 8f
    call put
    jmp say
8:  ret

put:
#ifdef ACTION_INPUT
    pushw %bx
    movw $7, %bx                /* page 0 */
    movb $0x0e, %ah
    int $0x10
    popw %bx
#endif
    movb %al, %ah
    movw $0x3fd, %dx
9:  inb %dx, %al
    testb $0x20, %al
    jz 9b
    movb %ah, %al
    movw $0x3f8, %dx
    outb %al, %dx
    ret

drive: .byte 0
text:  .ascii "\r\n", TEXT
    .asciz "\r\n"
    .org 510
    .word 0xaa55
