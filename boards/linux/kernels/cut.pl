# SPDX-License-Identifier: MIT
# Of assembly that OpenSSL's scripts made, keep the functions that are named and what lies outside of functions, which is tables.
#
#   perl cut.pl NEW_NAME ENTRY [FUNCTION]... <IN >OUT
#
# Only the entry can be called from elsewhere, by its new name. OpenSSL's choice of a function by its word of the processor's features
# (armcap) goes: what remains is called where it can run. Where it branches to a function that is not kept, because of a length
# that it is never given (boards/linux/kernels), it traps.
use strict;

my ($as, $entry, @others) = @ARGV;
my %kept = map { $_ => 1 } $entry, @others;
my $in = '';
my $text = '';
while (<STDIN>) {
    next if /armcap/ || /^\s*\.(globl|hidden|extern|comm)\b/;
    if (/^\s*\.type\s+(\w+)\s*,\s*[%\@]function/) {
        $in = $1;
        $text .= ".globl $as\n.hidden $as\n" if $in eq $entry;
    }
    $text .= $_ if $in eq '' || $kept{$in};
    $in = '' if $in ne '' && /^\s*\.size\s+\Q$in\E\s*,/;
}
$text =~ s/(?<![\w.])\Q$entry\E(?!\w)/$as/g or die "cut.pl: there is no function $entry\n";
my %there = map { $_ => 1 } $text =~ /^(\.L\w+):/mg;
my %missing = map { $_ => 1 } grep { !$there{$_} } $text =~ /[\s,](\.L\w+)/g;
$text .= ".text\n" . join('', map { "$_:\n" } sort keys %missing) . " udf #0\n" if %missing;
print $text;
