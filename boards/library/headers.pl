#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# headers.pl ROOT OUT VERSION HEADER... -- COMPILER...
# Write the headers that a program includes, and the names that the library shows:
#
#   OUT/include             the public headers, and fv_config.h: version and capacities. base/cap.h includes it.
#   OUT/library/names       the functions that the headers declare, and their aliases
#   OUT/library/aliases     the aliases as options of the linker
#   OUT/library/exports     the names as a version script of the linker
#
# ROOT is the repository; a HEADER's path is as it is included. COMPILER is the command that compiles the library, with
# its options: it knows the capacities. An alias is a function's name with a hash of declarations and capacities. A
# program calls the function by this alias (fv_config.h), so it links only to a library with the same declarations and
# capacities.
use strict;
use warnings;
use integer;
use File::Basename qw(dirname);

# They fill in structures of the caller, and stand before all other calls that use these.
my @ALIASED = qw(fv_settings_init fv_client_open fv_posix_init fv_posix_storage_open fv_posix_storage_over
    fv_posix_scratch_open);
my $WHY = 'built_with_other_capacities';

my ($root, $out, $version, @rest) = @ARGV;
my (@headers, @compiler);
while (@rest) {
    my $word = shift @rest;
    if ($word eq '--') { @compiler = @rest; last }
    push @headers, $word;
}
@compiler && @headers or die "usage: headers.pl ROOT OUT VERSION HEADER... -- COMPILER...\n";

sub slurp { my ($path) = @_; open my $f, '<', $path or die "$path: $!\n"; local $/; return scalar <$f> }
sub make_folder {
    my ($path) = @_;
    -d $path and return;
    make_folder(dirname($path));
    mkdir $path or -d $path or die "$path: $!\n";
}
sub spew {
    my ($path, $text) = @_;
    make_folder(dirname($path));
    open my $f, '>', $path or die "$path: $!\n";
    print $f $text;
    close $f or die "$path: $!\n";
}
sub path_of { my ($header) = @_; return "$root/" . ($header =~ m{^port/} ? $header : "src/$header") }

my %text = map { $_ => slurp(path_of($_)) } @headers;

# What the compiler sees of a header, without its spaces.
sub essence {
    my ($text) = @_;
    $text =~ s{/\*.*?\*/}{ }gs;
    $text =~ s/\s+/ /g;
    return $text;
}

sub declared {
    my ($text) = @_;
    $text =~ s{/\*.*?\*/}{ }gs;
    $text =~ s/^\s*#.*(?:(?<=\\)\n.*)*$//gm;
    $text =~ s/extern "C" \{//g;
    1 while $text =~ s/\{[^{}]*\}/;/g;
    return map { /^[\s\w*}]*?\b(fv_\w+)\s*\(/ && !/\bstatic\b/ ? $1 : () } split /;/, $text;
}
my @names = sort map { declared($_) } values %text;
my %known = map { $_ => 1 } @names;
my @aliased = grep { $known{$_} } @ALIASED;

# The capacities are expressions, also of each other.
my @capacities = $text{'base/cap.h'} =~ /^#ifndef (FV_CAP_\w+)$/gm;
@capacities or die "base/cap.h has no capacities\n";
my $ask = "$out/library/capacities.c";
spew($ask, join "\n", '#include "base/cap.h"', map({ "value \"$_\" $_" } @capacities), "value\n");
open my $told, '-|', @compiler, '-E', '-P', $ask or die "$compiler[0]: $!\n";
my $expanded = do { local $/; <$told> };
close $told or die "headers.pl: the compiler can't tell the capacities\n";
my %value;
for my $name (@capacities) {
    my ($sum) = $expanded =~ /value\s+"$name"\s+(.*?)\s*value\b/s or die "$name: has no value\n";
    $sum =~ /^[\s\d()+*\/<>=!&|?:-]+$/ or die "$name: '$sum' is no number\n";
    $value{$name} = eval "no warnings; 0 + ($sum)";
    defined $value{$name} or die "$name: '$sum' is no number\n";
}

my $promise = join "\n", map({ "$_ $value{$_}" } @capacities),
    map({ essence($text{$_}) } grep { $_ ne 'base/cap.h' } sort @headers);
spew("$out/library/promise", "$promise\n");
open my $sum, '-|', 'sha256sum', "$out/library/promise" or die "sha256sum: $!\n";
my ($hash) = (<$sum> // '') =~ /^\\?([0-9a-f]{12})/ or die "headers.pl: sha256sum has failed\n";
my %alias = map { $_ => "${_}_${WHY}_$hash" } @aliased;

spew("$out/include/fv_config.h", <<"HEAD" . join("\n", map({ <<"CAPACITY" } @capacities)) . "\n#endif\n");
/* SPDX-License-Identifier: MIT */
/*
 * What this build of the library was made with. The sizes of structures depend on it, so a program
 * cannot choose other values: one that defines another capacity does not compile, and one that was
 * compiled with the headers of another build does not link.
 */
#ifndef FV_CONFIG_H
#define FV_CONFIG_H

#define FV_VERSION "$version"

@{[join "\n", map { "#define $_ $alias{$_}" } @aliased]}

HEAD
#ifndef $_
#define $_ $value{$_}
#elif $_ != $value{$_}
#error "the library was built with $_ $value{$_}"
#endif
CAPACITY

for my $header (@headers) {
    my $text = $text{$header};
    if ($header eq 'base/cap.h') {
        $text =~ s/^#ifdef FV_CAP_FILE\n.*?#endif\n/#include "fv_config.h"\n/ms or die "$header: where is FV_CAP_FILE?\n";
    }
    spew("$out/include/$header", $text);
}
my @visible = sort @names, values %alias;
spew("$out/library/names", join '', map { "$_\n" } @visible);
spew("$out/library/aliases", join '', map { "-Wl,--defsym=$alias{$_}=$_\n" } @aliased);
spew("$out/library/exports", join '', "FLUXVISION_0 {\nglobal:\n", map({ "    $_;\n" } @visible),
    "local:\n    *;\n};\n");
