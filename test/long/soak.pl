# A constant mix of all that the workers do, for as long as MINUTES or HOURS say: no worker is replaced, its memory
# and its open files stay as they were, tables grow by what happened and not by how long it has been, also while
# somebody else holds an old snapshot, and to find what is due takes no longer. `make soak HOURS=1`.
#
# Four parts: a quarter to warm up, then a third as it always is, then a quarter under a foreign snapshot (an hour of
# HOURS=4), then the rest. The rules of judgement are in docs/testing.md.
use strict;
use warnings;

use lib 'test/perl';
use CampaignMailbox;
use CampaignMix;
use CampaignTest;
use PostgreSQL::Test::BackgroundPsql ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use List::Util qw(max min sum0);
use Time::HiRes qw(sleep time);

my $length = 60 * (($ENV{SOAK_HOURS} || 0) * 60 + ($ENV{SOAK_MINUTES} || 0)) || 600;

# A leak is a slope that is surely more than this, in KiB an hour, and comes to more than an allocator gives and takes.
my $slope_max = 1024 / 24;
my $noise = 256;
my $claim_max_ms = 20;

# A session in the background notes each of its statements.
{
	no warnings 'redefine';
	*PostgreSQL::Test::BackgroundPsql::note = sub { };
}

my $mail = start_mail('anna');
my $node = new_node(
	'campaign.ca_file' => $mail->authority,
	'campaign.recheck' => '1s',
	'campaign.safety_poll' => '5s',
	'campaign.keep_events' => max(1, int($length / 60 / 8)),
	'campaign.keep_reports' => 1,
	shared_preload_libraries => 'campaign, auto_explain',
	# every statement of a part of them, with how long it took
	'auto_explain.log_min_duration' => 0,
	'auto_explain.sample_rate' => 0,
	'auto_explain.log_timing' => 'off',
	'auto_explain.log_nested_statements' => 'off',
	log_min_messages => 'log',
	autovacuum_naptime => '5s',
	autovacuum_vacuum_cost_delay => 0);
my $mix = start_mix($node, $mail);
$mix->sql($_) for 'ALTER SYSTEM SET auto_explain.sample_rate = 0.1', 'SELECT pg_reload_conf()';
my $began = time;
my %parts = (warm => [ 0, 0.25 ], plain => [ 0.25, 0.6 ], snapshot => [ 0.6, 0.85 ], after => [ 0.85, 1 ]);

# ---- what is measured ------------------------------------------------------------------------------------------------

my %samples;    # by kind: [seconds, KiB of its own, open files]
my %pids;
my @errors;

# What a process has for itself: neither shared buffers nor the program.
sub own_memory
{
	my ($pid) = @_;
	return slurp_file("/proc/$pid/smaps_rollup") =~ /^Anonymous:\s+(\d+) kB/m ? $1 : 0;
}

# Sockets, pipes and the like. Files of the data folder PostgreSQL opens and closes as its own limit has it.
sub open_files
{
	my ($pid) = @_;
	return scalar grep { (readlink // '') !~ m{/pgdata/|/base/|/global/} } glob "/proc/$pid/fd/*";
}

sub sample
{
	my $workers = $mix->workers;
	for my $kind (sort keys %$workers)
	{
		my $pid = $workers->{$kind};
		push @errors, "$kind was replaced" if ($pids{$kind} //= $pid) != $pid;
		$pids{$kind} = $pid;
		push @{ $samples{$kind} }, [ time - $began, own_memory($pid), open_files($pid) ];
	}
	return;
}

# What PostgreSQL's own allocator has given to each worker, by kinds of memory context: KiB in use, and their number.
# What libraries take by malloc is not in it.
my %contexts;

sub ask_contexts
{
	$mix->sql('SELECT pg_log_backend_memory_contexts(' . $_ . ')') for values %pids;
	return;
}

sub note_context
{
	my ($line) = @_;
	# of its children the server names a hundred: what the others have is in the total alone
	if ($line =~ /\[(\d+)\].* Grand total: \d+ bytes in .*; (\d+) used/)
	{
		$contexts{$1}[-1]{all}[0] = $2 / 1024 if $contexts{$1};
		return;
	}
	my ($pid, $name, $used) = $line =~ /\[(\d+)\].* level: \d+; ([^:]+).*: \d+ total in .*; (\d+) used/ or return;
	push @{ $contexts{$pid} }, {} if $name eq 'TopMemoryContext';
	my $last = $contexts{$pid}[-1] or return;
	$last->{$name}[0] += $used / 1024;
	$last->{$name}[1]++;
	return;
}

# Sizes of tables with their indexes, in KiB, and how many actions have left.
sub sizes
{
	my %sizes = map { split /\|/ } split /\n/, $mix->sql(<<'SQL');
SELECT c.relname, pg_total_relation_size(c.oid) / 1024 FROM pg_class c WHERE c.relnamespace = 'campaign'::regnamespace AND c.relkind = 'r';
SQL
	my $actions = $mix->sql('SELECT count(*) FROM campaign.action WHERE executed_at IS NOT NULL');
	return { tables => \%sizes, all => sum0(values %sizes), actions => $actions };
}

# The straight line through the points: its slope by the hour, and the error of that.
sub slope
{
	my (@points) = @_;
	my $n = @points;
	return (0, 0) if $n < 10;
	my ($mx, $my) = (sum0(map { $_->[0] } @points) / $n, sum0(map { $_->[1] } @points) / $n);
	my $xx = sum0(map { ($_->[0] - $mx)**2 } @points);
	my $slope = sum0(map { ($_->[0] - $mx) * ($_->[1] - $my) } @points) / $xx;
	my $rest = sum0(map { ($_->[1] - $my - $slope * ($_->[0] - $mx))**2 } @points);
	return ($slope * 3600, sqrt($rest / ($n - 2) / $xx) * 3600);
}

# How long the statements took that claim, by parts: what the log of the server says of those that were drawn.
my (%claims, $read);

sub read_claims
{
	my ($part) = @_;
	open my $log, '<', $node->logfile or return;
	seek $log, $read // 0, 0;
	my $ms;
	while (my $line = <$log>)
	{
		last if $line !~ /\n$/;
		$read = tell $log;
		note_context($line);
		if ($line =~ /duration: ([\d.]+) ms  plan:/) { $ms = $1; next; }
		push @{ $claims{$part} }, $ms if defined $ms && $line =~ /Query Text: .*FROM campaign\.(enrollment|lane|action) .*SKIP LOCKED/;
		push @errors, $line if $line =~ /\[\d+\] \[?campaign[^:]*(ERROR|WARNING|FATAL|PANIC)|PANIC|TRAP/;
		undef $ms;
	}
	return;
}

sub percentile
{
	my ($share, @figures) = @_;
	return 0 if !@figures;
	return (sort { $a <=> $b } @figures)[ min($#figures, int($share * @figures)) ];
}

# ---- the time goes by --------------------------------------------------------------------------------------------------

my (%size, %at);
my $foreign;
my $next_sample = 0;
my $every = max(1, $length / 200);
my $next_contexts = $began + $length * $parts{plain}[0];
for my $part (qw(warm plain snapshot after))
{
	my $until = $began + $length * $parts{$part}[1];
	if ($part eq 'snapshot')
	{
		$foreign = $node->background_psql('postgres', timeout => 2 * $length);
		$foreign->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM campaign.action');
	}
	$size{$part}[0] = sizes();
	while (time < $until)
	{
		my $second = time;
		$mix->second;
		if (time >= $next_sample)
		{
			sample();
			read_claims($part);
			$next_sample = time + $every;
		}
		if (time >= $next_contexts)
		{
			ask_contexts();
			$next_contexts = time + $length / 20;
		}
		sleep max(0, $second + 1 - time);
	}
	$size{$part}[1] = sizes();
	if ($part eq 'snapshot')
	{
		$foreign->query_safe('COMMIT');
		$foreign->quit;
	}
}

# ---- what came of it ----------------------------------------------------------------------------------------------------

note(sprintf '%.1f minutes, %d people, %d actions, %d requests, %d mails answered', $length / 60,
	$mix->sql('SELECT count(*) FROM campaign.enrollment'), $size{after}[1]{actions},
	scalar(my @requests = $mix->{sink}->requests), $mix->answers);
note(sprintf '%-12s %10s %10s %8s %14s %8s', 'worker', 'first KiB', 'last KiB', 'grown', 'slope KiB/h', 'files');
for my $kind (sort keys %samples)
{
	my @points = grep { $_->[0] > $length * $parts{plain}[0] } @{ $samples{$kind} };
	next if !@points;
	my ($slope, $error) = slope(@points);
	my ($first, $last) = map { percentile(0.5, map { $_->[1] } @$_) } [ @points[ 0 .. min(9, $#points) ] ], [ @points[ max(0, $#points - 9) .. $#points ] ];
	my @files = map { $_->[2] } @points;
	note(sprintf '%-12s %10d %10d %8d %6.0f +- %-5.0f %3d..%d', $kind, $first, $last, $last - $first, $slope, 2 * $error, min(@files), max(@files));
	ok($slope - 2 * $error <= $slope_max || $last - $first <= $noise, "$kind: its memory stays as it was");
	my @dumps = @{ $contexts{ $pids{$kind} } // [] };
	if (@dumps > 1)
	{
		my %grown = map { $_ => $dumps[-1]{$_}[0] - ($dumps[0]{$_}[0] // 0) } keys %{ $dumps[-1] };
		note(sprintf '  by palloc %d to %d KiB; most by %s', (map { $_->{all}[0] // 0 } @dumps[ 0, -1 ]),
			join(', ', map { sprintf '%s %+d (%d of %d before)', $_, $grown{$_}, $dumps[-1]{$_}[1], $dumps[0]{$_}[1] // 0 }
				(grep { $_ ne 'all' } sort { $grown{$b} <=> $grown{$a} } keys %grown)[ 0 .. 3 ]));
	}
	my ($early, $late) = map { percentile(0.5, map { $_->[2] } @$_) } [ @points[ 0 .. int($#points / 2) ] ], [ @points[ int($#points / 2) .. $#points ] ];
	cmp_ok(abs($late - $early), '<=', 2, "$kind: so do its open files");
}
cmp_ok($mix->answers, '>', $length / 60, 'people have answered, and it was read');
is_deeply(\@errors, [], 'no worker was replaced, and none had an error');

my %per_action;
for my $part (qw(plain snapshot after))
{
	my ($before, $after) = @{ $size{$part} };
	my $actions = max(1, $after->{actions} - $before->{actions});
	$per_action{$part} = ($after->{all} - $before->{all}) / $actions;
	note(sprintf '%-9s %6d actions, tables %6d to %6d KiB, %.1f KiB an action; claims: %d seen, p50 %.2f ms, p99 %.2f ms', $part, $actions,
		$before->{all}, $after->{all}, $per_action{$part}, scalar @{ $claims{$part} // [] },
		map { percentile($_, @{ $claims{$part} // [] }) } 0.5, 0.99);
	my %grown = map { $_ => $after->{tables}{$_} - ($before->{tables}{$_} // 0) } keys %{ $after->{tables} };
	note('  most by ' . join(', ', map {"$_ $grown{$_}"} (sort { $grown{$b} <=> $grown{$a} } keys %grown)[ 0 .. 9 ]));
}
cmp_ok($per_action{snapshot}, '<=', 2 * max($per_action{plain}, 4), 'under a foreign snapshot an action costs at most twice the space');
my $p99 = percentile(0.99, @{ $claims{snapshot} // [] });
cmp_ok($p99, '<=', max($claim_max_ms, 3 * percentile(0.99, @{ $claims{plain} // [] })), 'and what is due is found as fast');
ok($mix->finish(120), 'all comes to rest');
$node->stop('fast');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal \d+:/, 'nothing crashed');
done_testing();
