# SPDX-License-Identifier: MIT
# Take the section headers off linked programs. They are for linkers and debuggers; what loads a program reads the program headers.
# A program that runs can't be written to: each is written anew beside itself, and renamed.
#
#   perl headers.pl PROGRAM...
use strict;

for my $path (@ARGV) {
    open(my $f, '<:raw', $path) or die "headers.pl: $path: $!\n";
    my $all = do { local $/; <$f> };
    my ($wide, $big) = (ord(substr($all, 4, 1)) == 2, ord(substr($all, 5, 1)) == 2);
    my $get = sub {
        my ($at, $size) = @_;
        my $bytes = substr($all, $at, $size);
        return hex(unpack('H*', $big ? $bytes : reverse $bytes));
    };
    my $word = $wide ? 8 : 4;
    my $tail = $wide ? 0x36 : 0x2a; # e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    my ($table, $each, $count) = ($get->(24 + $word, $word), $get->($tail, 2), $get->($tail + 2, 2));
    my $end = $table + $each * $count;
    for my $i (0 .. $count - 1) {
        my $at = $table + $each * $i;
        my $last = $get->($at + $word, $word) + $get->($at + 4 * $word, $word);
        $end = $last if $last > $end;
    }
    substr($all, 24 + 2 * $word, $word) = "\0" x $word;
    substr($all, $tail + 4, 6) = "\0" x 6;
    my $new = "$path.new";
    open(my $out, '>:raw', $new) or die "headers.pl: $new: $!\n";
    (print $out substr($all, 0, $end)) && close($out) && chmod((stat($f))[2] & 07777, $new) && rename($new, $path) or die "headers.pl: $new: $!\n";
}
