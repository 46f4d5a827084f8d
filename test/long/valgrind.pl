# The workers under valgrind, for a few hundred actions of all kinds (CampaignMix.pm): nothing reads or writes what it
# may not, or goes by what was never set, and what src/net took it gives back. `make valgrind`; SECONDS=12 is how much comes in.
#
# PostgreSQL as Debian builds it does not tell valgrind of its own allocator, so what goes wrong within one of its
# blocks is not seen here: for that there are assertions (`make debug-check`) and the sanitizers over core and net.
# What counts is what happens in a function of ours, or up to three calls below it, and what src/net asked for however deep. The
# rest is PostgreSQL's and OpenSSL's own: it is counted, and one of each kind is in the log of the test.
use strict;
use warnings;

use lib 'test/perl';
use CampaignMailbox;
use CampaignMix;
use CampaignTest;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

system('valgrind --version >/dev/null 2>&1') == 0 or plan skip_all => 'no valgrind';
my $seconds = $ENV{VALGRIND_SECONDS} || 12;

my $mail = start_mail('anna');
my $node = new_node(
	'campaign.ca_file' => $mail->authority,
	'campaign.safety_poll' => '5s',
	'campaign.recheck' => '1s',
	# all that is slow beside, and a server that is given time
	autovacuum => 'off',
	jit => 'off',
	authentication_timeout => '10min');
$node->stop;
my $place = PostgreSQL::Test::Utils::tempdir('valgrind');
my $bin = $node->config_data('--bindir');
my $server = IPC::Run::start(
	[ 'valgrind', '--quiet', '--leak-check=full', '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite', '--num-callers=30',
		'--error-limit=no', '--child-silent-after-fork=no', "--suppressions=test/long/valgrind.supp", "--log-file=$place/%p.log",
		"$bin/postgres", '-D', $node->data_dir ],
	'<', '/dev/null', '>', $node->logfile, '2>&1');
wait_until(sub { system($node->installed_command('pg_isready'), '-q', '-h', $node->host, '-p', $node->port) == 0 }, 180)
	or BAIL_OUT('the server does not start under valgrind');
$node->_update_pid(1);

# ---- some of everything ------------------------------------------------------------------------------------------------

my $mix = start_mix($node, $mail);
$mix->second for 1 .. $seconds;
ok($mix->finish(400), 'all comes to rest');
my $actions = $mix->sql('SELECT count(*) FROM campaign.action WHERE executed_at IS NOT NULL');
cmp_ok($actions, '>', $seconds * 5, "$actions actions have left");
cmp_ok($mix->answers, '>', 0, 'and some were answered by mail');
my $workers = $mix->workers;
# the leak check is of a process that ends by itself
my $dispatcher = $workers->{dispatcher};
$mix->sql("SELECT pg_terminate_backend($dispatcher)");
ok(wait_until(sub { ($mix->workers->{dispatcher} // $dispatcher) != $dispatcher }, 120), 'a dispatcher that was ended is back');
my %ours = (%$workers, 'dispatcher after it' => $mix->workers->{dispatcher});
audit($node);
$node->stop('fast');
eval { IPC::Run::finish($server) };

# ---- what valgrind says ------------------------------------------------------------------------------------------------

# The reports of a process, each with its stack.
sub reports
{
	my ($pid) = @_;
	my $text = slurp_file("$place/$pid.log");
	$text =~ s/^(?:==|--)\d+(?:==|--) ?//mg;
	return grep { /^\s+(?:at|by) 0x/m } split /\n\s*\n/, $text;
}

# Of its stack the first four functions, without those of valgrind and the C library. Debian's PostgreSQL names no source files.
sub is_ours
{
	my ($report) = @_;
	my ($stack) = split /\n\s*(?:Address|Uninitialised|Block)/, $report;
	my @frames = grep { !m{vgpreload|/libc[.-]|\((?:malloc|calloc|realloc|strdup|memcpy|iofwrite|fileops|write|send)\.c:} } $stack =~ /^\s+(?:at|by) 0x\w+: (.*)/mg;
	return 1 if $report =~ /definitely lost/ && $report =~ /\bcampaign_net_/;
	return grep { defined && /\bcampaign_\w+|campaign\.so|\(\w+\.c:\d+\)/ } @frames[ 0 .. 3 ];
}

my %others;
for my $log (glob "$place/*.log")
{
	my ($pid) = $log =~ /(\d+)\.log$/;
	my ($who) = grep { $ours{$_} == $pid } sort keys %ours;
	my @reports = reports($pid);
	my @of_us = grep { is_ours($_) } @reports;
	for my $report (grep { !is_ours($_) } @reports)
	{
		my $kind = ($report =~ /^\s*(.*)/)[0] =~ s/\d[\d,]*/N/gr;
		note($report) if !$others{$kind}++;
	}
	is(scalar @of_us, 0, 'nothing is wrong in ' . ($who // 'a session')) or diag(join "\n\n", @of_us[ 0 .. ($#of_us > 4 ? 4 : $#of_us) ]) if $who || @of_us;
}
note("without a function of ours: $_, $others{$_}") for sort keys %others;
is(scalar(grep { -e "$place/$_.log" } values %ours), scalar(keys %ours), 'each worker was looked at');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|signal \d+:/, 'nothing crashed');
done_testing();
