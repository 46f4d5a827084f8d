=head1 NAME

CampaignBench - what the benchmarks share: a durable server of their own, sessions, and a verdict

=head1 SYNOPSIS

  use CampaignBench;

  start_server('campaign.dispatchers' => 0);
  my $session = session();
  $session->run('SELECT 1');
  my $seconds = $session->timed('SELECT campaign.tick()');
  verdict('what', ours => [...], bare => [...], target => 0.7);

The server lives in a folder under TMPDIR and ends with the program, as do
sinks. The benchmarks are run by the user of the server, from a folder that
holds test/ and build/, with the programs of PostgreSQL in PATH: test/run
arranges that.

=cut

package CampaignBench;

use strict;
use warnings;

use Exporter 'import';
use File::Path ();
use File::Temp ();
use IPC::Open2;
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_server stop_scheduler continue_scheduler session make_campaign worker_pid cpu_seconds start_sink start_mail_sink bare_curl bare_smtp wait_for median verdict);

# A ratio repeats within 10 to 15 %, so it fails only this far under its target.
my $MARGIN = 0.25;

my $place = File::Temp::tempdir('bench.XXXXXX', DIR => $ENV{TMPDIR} // '/tmp');
my $started;
my $stopped;
my @children;

sub command
{
	my (@command) = @_;
	system(@command) == 0 or die "could not run @command\n";
	return;
}

=head1 FUNCTIONS

=over

=item start_server(%settings)

A server whose commits are durable, with the extension in database postgres.

=cut

sub start_server
{
	my (%settings) = @_;
	my %all = (
		shared_preload_libraries => 'campaign',
		'campaign.private_networks' => '127.0.0.0/8, ::1',
		listen_addresses => '',
		unix_socket_directories => $place,
		fsync => 'on',
		synchronous_commit => 'on',
		shared_buffers => '1GB',
		max_wal_size => '4GB',
		max_worker_processes => 16,
		# Else it runs in some repetitions and not in others.
		autovacuum => 'off',
		'campaign.safety_poll' => '1h',
		%settings);

	command("initdb -A trust -E UTF8 --locale=C.UTF-8 -U bench -D '$place/data' >'$place/initdb.log'");
	open my $conf, '>>', "$place/data/postgresql.conf" or die "could not write the settings: $!\n";
	print $conf "$_ = '$all{$_}'\n" for sort keys %all;
	close $conf;
	command("pg_ctl -s -w -D '$place/data' -l '$place/log' start");
	$started = 1;
	session()->run('CREATE EXTENSION campaign');
	return;
}

=item session($database)

A psql that is connected, to postgres when no other database is named; it dies
with the first error.

=cut

sub session
{
	my ($database) = @_;
	return CampaignBench::Session->new($place, $database // 'postgres');
}

=item stop_scheduler($session), continue_scheduler()

Between them the scheduler stands still, at a place where it holds no lock.

=cut

sub stop_scheduler
{
	my ($session) = @_;
	wait_for(60, sub {
		my $pid = worker_pid($session, 'scheduler') or return 0;
		kill 'STOP', $pid;
		$stopped = $pid;
		return 1 if $session->value("SELECT wait_event FROM pg_stat_activity WHERE pid = $pid") eq 'Extension';
		continue_scheduler();
		return 0;
	});
	return;
}

sub continue_scheduler
{
	kill 'CONT', $stopped if $stopped;
	$stopped = undef;
	return;
}

=item make_campaign($session, prospects => n, steps => json, channel => [transport, url, options], name => 'bench', accounts => 1)

A live campaign with so many accounts, and n prospects that are not yet enrolled;
returns its id. External ids of prospects are p1, p2 and so on, with the name before
them if it is another one.

=cut

sub make_campaign
{
	my ($session, %of) = @_;
	my ($transport, $url, $options) = @{ $of{channel} };
	my $name = $of{name} // 'bench';
	my $accounts = $of{accounts} // 1;
	my $prefix = defined $of{name} ? "$name-p" : 'p';
	return ($session->run(<<"SQL"))[-1];
INSERT INTO campaign.channel (name, transport, url, options)
	VALUES ('$name', '$transport', NULLIF('$url', ''), '$options') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address)
	SELECT :member, :channel, '$name' || CASE WHEN n > 1 THEN n::text ELSE '' END || '\@example.org' FROM generate_series(1, $accounts) n;
INSERT INTO campaign.prospect (external_id, email, first_name, company)
	SELECT '$prefix' || n, '$prefix' || n || '\@example.com', 'First' || n, 'Company ' || n FROM generate_series(1, $of{prospects}) n;
ANALYZE campaign.prospect;
SELECT campaign.create_sequence('$name', '$of{steps}') AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY(SELECT id FROM campaign.account WHERE channel_id = :channel ORDER BY id),
	settings => '{"active_cap": 1000000}') AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
\\echo :campaign
SQL
}

=item worker_pid($session, $kind)

The process of the worker of this kind; 0 if there is none.

=cut

sub worker_pid
{
	my ($session, $kind) = @_;
	return ($session->value("SELECT pid FROM campaign.worker_status WHERE kind = '$kind'") // '') || 0;
}

=item cpu_seconds(@pids)

Processor time of these processes so far, or, without any, of programs that have
been run and have ended.

=cut

sub cpu_seconds
{
	my (@pids) = @_;
	my $ticks = 0;

	if (!@pids)
	{
		my (undef, undef, $user, $system) = times;
		return $user + $system;
	}
	for my $pid (@pids)
	{
		open my $stat, '<', "/proc/$pid/stat" or next;
		my @fields = split / /, <$stat> =~ s/^.*\) //r;
		$ticks += $fields[11] + $fields[12];
	}
	return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

=item start_sink(@options)

Starts the HTTP receiver test/sink; returns its address.

=cut

sub start_sink
{
	my (@options) = @_;
	my $program = $ENV{CAMPAIGN_SINK} // 'build/sink/sink';
	my $pid = open2(my $out, undef, $program, @options);
	push @children, $pid;
	my ($port) = (<$out> // '') =~ /(\d+)/ or die "the sink does not listen\n";
	return "http://127.0.0.1:$port/ok";
}

=item start_mail_sink($dot_ms)

Starts it as a mail server that answers the end of a mail after so long; returns
its address.

=cut

sub start_mail_sink
{
	my ($dot_ms) = @_;
	return start_sink('--smtp', $dot_ms) =~ s{^http(.*)/ok$}{smtp$1}r;
}

=item bare_smtp($url, $connections, $mails)

Mails each second of libcurl's own SMTP.

=cut

sub bare_smtp
{
	my ($url, $connections, $mails) = @_;
	my $answer = `build/bench/bare_smtp '$url' $connections $mails`;
	my ($rate, $failed) = $answer =~ /^(\d+) mails\/s, (\d+) failed/ or die "bare_smtp: $answer\n";
	die "bare_smtp: $failed mails failed\n" if $failed;
	return $rate;
}

=item bare_curl($url, $places, $requests)

Requests each second of libcurl with nothing around it.

=cut

sub bare_curl
{
	my ($url, $places, $requests) = @_;
	my $answer = `build/bench/bare_curl '$url' $places $requests`;
	my ($rate, $failed) = $answer =~ /^(\d+) requests\/s, (\d+) failed/ or die "bare_curl: $answer\n";
	die "bare_curl: $failed requests failed\n" if $failed;
	return $rate;
}

=item wait_for($seconds, $code)

Calls $code until it is true; dies when that does not come within $seconds.

=cut

sub wait_for
{
	my ($seconds, $code) = @_;
	my $limit = time + $seconds;
	my (undef, $file, $line) = caller;
	until ($code->())
	{
		die "waited for $seconds s in vain at $file line $line\n" if time > $limit;
		sleep 0.1;
	}
	return;
}

=item median(@figures)

=cut

sub median
{
	my (@sorted) = sort { $a <=> $b } @_;
	my $middle = int(@sorted / 2);
	return @sorted % 2 ? $sorted[$middle] : ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

sub figures
{
	my ($name, @figures) = @_;
	return sprintf "%-40s %8.0f/s   (%s)\n", $name, median(@figures), join ' ', map { sprintf '%.0f', $_ } @figures;
}

=item verdict($what, ours => [name, figures], limit => [name, figures], target => ratio)

Prints the medians of repetitions that took turns, and the ratio, the median of
those of the turns. False if it is further under the target than such ratios
vary; without a target it is only shown.

=back

=cut

sub verdict
{
	my ($what, %of) = @_;
	my ($ours, @ours) = @{ $of{ours} };
	my ($limit, @limit) = @{ $of{limit} };
	my $ratio = median(map { $ours[$_] / $limit[$_] } 0 .. $#ours);
	print "$what\n", figures("  $ours", @ours), figures("  $limit", @limit);
	printf '  ratio %.2f', $ratio;
	if (!defined $of{target})
	{
		print "\n";
		return 1;
	}
	my $floor = $of{target} * (1 - $MARGIN);
	printf ", target %.2f: %s\n", $of{target},
		$ratio >= $of{target} ? 'reached' : $ratio >= $floor ? 'within the margin' : 'MISSED';
	return $ratio >= $floor;
}

END
{
	my $status = $?;
	continue_scheduler();
	kill 'TERM', $_ for @children;
	waitpid $_, 0 for @children;
	system("pg_ctl -s -w -m immediate -D '$place/data' stop") if $started;
	if ($status && open my $log, '<', "$place/log")
	{
		print STDERR grep { /ERROR|FATAL|PANIC|WARNING/ } <$log>;
	}
	File::Path::remove_tree($place);
	$? = $status;
}

=head1 METHODS OF A SESSION

=over

=item run($sql)

Runs statements; returns the lines that they print.

=item value($sql)

The first line.

=item timed($sql)

Runs statements; returns the seconds that they took.

=back

=cut

package CampaignBench::Session;

use strict;
use warnings;

use IPC::Open2;
use Time::HiRes qw(time);

sub new
{
	my ($class, $host, $database) = @_;
	my $pid = open2(my $out, my $in,
		'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', $host, '-U', 'bench', $database);
	push @children, $pid;
	return bless { in => $in, out => $out }, $class;
}

sub run
{
	my ($self, $sql) = @_;
	my @lines;

	print { $self->{in} } "$sql\n;\n\\echo that-is-all\n";
	$self->{in}->flush;
	while (my $line = readline $self->{out})
	{
		chomp $line;
		return @lines if $line eq 'that-is-all';
		push @lines, $line;
	}
	die "a statement failed: $sql\n";
}

sub value
{
	my ($self, $sql) = @_;
	return ($self->run($sql))[0];
}

sub timed
{
	my ($self, $sql) = @_;
	my $before = time;
	$self->run($sql);
	return time - $before;
}

1;
