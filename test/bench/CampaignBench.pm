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

our @EXPORT = qw(make_many make_waiting make_due steps_rate make_messages queue_messages let_leave leave_rate dispatchers start_server stop_scheduler continue_scheduler session make_campaign worker_pid worker_cpu cpu_seconds start_sink start_mail_sink bare_curl bare_smtp wait_for median verdict within);

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

=item make_many($session, workspaces => n, runs => n)

For as it is when a million have been enrolled: rows as the engine would have left them, without its doing. So many
workspaces, of which the default one is the first, each with a campaign of one account like make_waiting's, and so
many runs, spread over them, that wait for ten days and have had one action each. May be called again for more of
both; what is there stays.

=cut

sub make_many
{
	my ($session, %of) = @_;
	make_campaign(
		$session,
		prospects => 0,
		steps => '[{"delay": "1 day"}, {"follow": {}}]',
		channel => [ 'outbox', '', '{}' ]) unless $session->value('SELECT count(*) FROM campaign.campaign');
	$session->run(<<"SQL");
SET client_min_messages = warning;
CREATE TEMPORARY SEQUENCE IF NOT EXISTS made MINVALUE 0;
INSERT INTO campaign.lane (workspace_id, account_id, action_kind)
	SELECT workspace_id, id, 'follow' FROM campaign.account WHERE workspace_id = 1 ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE place AS SELECT n, CASE n WHEN 0 THEN 1 ELSE 10000000 + n END AS workspace
	FROM generate_series(0, $of{workspaces} - 1) n;
ALTER TABLE place ADD PRIMARY KEY (n);
-- no trigger of theirs has anything to do
SET session_replication_role = replica;
INSERT INTO campaign.workspace (id, name) SELECT workspace, 'small' || n FROM place WHERE n > 0 ON CONFLICT DO NOTHING;
SQL
	# one id for all that each of the others has of these
	for my $table (qw(channel member account sequence step campaign campaign_account lane))
	{
		my @ids = map { "'$_', p.workspace" } $session->run(<<"SQL");
SELECT attname FROM pg_attribute WHERE attrelid = 'campaign.$table'::regclass
	AND attname IN ('workspace_id', 'id', 'channel_id', 'member_id', 'owner_id', 'account_id', 'sequence_id', 'campaign_id')
	AND NOT (attname = 'id' AND '$table' = 'step')
SQL
		my $columns = join ', ', @ids;
		$session->run("INSERT INTO campaign.$table SELECT r.* FROM campaign.$table o, place p"
			. " CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object($columns)) r"
			. " WHERE o.workspace_id = 1 AND p.n > 0 AND "
			. ($table eq 'channel' ? 'NOT o.built_in' : 'true') . ' ON CONFLICT DO NOTHING');
	}
	$session->run(<<"SQL") if $of{runs};
CREATE TEMPORARY TABLE run AS SELECT 100000000 + nextval('made') AS id, p.workspace AS workspace_id, c.id AS campaign_id, a.account_id, l.id AS lane_id
	FROM generate_series(0, $of{runs} - 1) g JOIN place p ON p.n = g % $of{workspaces}
	JOIN campaign.campaign c ON c.workspace_id = p.workspace
	JOIN campaign.campaign_account a ON a.workspace_id = p.workspace AND a.campaign_id = c.id
	JOIN campaign.lane l ON l.workspace_id = p.workspace;
INSERT INTO campaign.prospect (workspace_id, id, external_id, email, first_name, company)
	SELECT workspace_id, id, id, id || '\@example.com', 'First' || id, 'Company ' || id FROM run;
INSERT INTO campaign.person (workspace_id, key, since) SELECT workspace_id, id || '\@example.com', now() FROM run;
INSERT INTO campaign.enrollment (workspace_id, id, campaign_id, prospect_id, halt, due_at, base_at, step_at, started_at)
	SELECT workspace_id, id, campaign_id, id, 2, now() + interval '10 days' + (id - 100000000) * interval '1 ms', now() + interval '9 days', now(), now() FROM run;
INSERT INTO campaign.enrollment_account (workspace_id, enrollment_id, channel_class, account_id) SELECT workspace_id, id, 'linkedin', account_id FROM run;
INSERT INTO campaign.action (workspace_id, id, campaign_id, prospect_id, enrollment_id, lane_id, step, occurrence, attempt, action_kind, state,
	queued_at, not_before, begun_at, started_at, executed_at, finished_at, key)
	SELECT workspace_id, id, campaign_id, id, id, lane_id, 0, 1, 1, 'follow', 'complete', now(), now(), now(), now(), now(), now(), md5(id::text) FROM run;
DROP TABLE run;
SQL
	$session->run('DROP TABLE place; RESET session_replication_role');
	return;
}

=item make_waiting($session, $prospects)

A campaign in which so many runs wait for a day, and then follow by the account that they have from an earlier
step.

=cut

sub make_waiting
{
	my ($session, $prospects) = @_;
	my $campaign = make_campaign(
		$session,
		prospects => $prospects,
		steps => '[{"delay": "1 day"}, {"follow": {}}]',
		channel => [ 'http', 'http://127.0.0.1:1/', '{"allow_http": true, "allow_private": true}' ]);
	$session->run(<<"SQL");
SELECT count(*) FROM campaign.enroll($campaign, ARRAY(SELECT id FROM campaign.prospect));
INSERT INTO campaign.enrollment_account (workspace_id, enrollment_id, channel_class, account_id)
	SELECT e.workspace_id, e.id, 'linkedin', a.id FROM campaign.enrollment e, campaign.account a;
INSERT INTO campaign.lane (workspace_id, account_id, action_kind) SELECT workspace_id, id, 'follow' FROM campaign.account;
SQL
	wait_for(120, sub { $session->value('SELECT count(*) FROM campaign.enrollment WHERE halt <> 2') == 0 });
	$session->run('ANALYZE');
	return;
}

=item make_due($session, $rows)

Makes so many more of these runs due. Nobody is told: the scheduler sleeps until it is woken.

=cut

sub make_due
{
	my ($session, $rows) = @_;
	$session->run(<<"SQL");
UPDATE campaign.enrollment SET due_at = due_at - interval '20 days', base_at = base_at - interval '20 days'
	WHERE workspace_id = 1 AND id IN (SELECT id FROM campaign.enrollment
		WHERE workspace_id = 1 AND halt = 2 AND due_at > now() ORDER BY id LIMIT $rows);
VACUUM campaign.enrollment;
CHECKPOINT;
SQL
	return;
}

=item steps_rate($session, $rows)

Makes so many due, and returns how many steps a second schedulers make of them: from the beginning of the first
round to that of the last, with what lies between, looking for work and numbering the events.

=cut

sub steps_rate
{
	my ($session, $rows) = @_;
	my $before = $session->value('SELECT max(id) FROM campaign.event');
	my $batch = $session->value('SELECT max(id) FROM campaign.batch');
	make_due($session, $rows);
	$session->run('SELECT campaign.wake()');
	wait_for(120, sub { $session->value('SELECT count(*) FROM campaign.enrollment WHERE due_at <= now()') == 0 });
	return $session->value(<<"SQL");
SELECT sum(n) FILTER (WHERE at < last) / extract(epoch FROM max(last) - min(at))
FROM (SELECT at, count(*) AS n, max(at) OVER () AS last
	FROM campaign.event WHERE kind = 'action_queued' AND batch_id > $batch AND id > $before GROUP BY at) r;
SQL
}

=item make_messages($session, $prospects, url => ..., places => n, accounts => n)

A campaign whose one step is a message by HTTP, of prospects who are connected, each with one of the accounts;
returns its id.

=cut

sub make_messages
{
	my ($session, $prospects, %of) = @_;
	my $campaign = make_campaign(
		$session,
		prospects => $prospects,
		steps => '[{"message": {"body": "Hello {{first_name}}, how are things at {{company|work}}?"}}]',
		accounts => $of{accounts},
		channel => [ 'http', $of{url}, qq({"allow_http": true, "allow_private": true, "idempotent": true, "places": $of{places}}) ]);
	# Each is contacted by the account that it knows: else all of them would be by the first.
	$session->run('INSERT INTO campaign.relation (workspace_id, prospect_id, account_id, state, since)'
		. " SELECT p.workspace_id, p.id, a.id, 'connected', now() FROM campaign.prospect p"
		. " JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM campaign.account) a ON a.n = p.id % $of{accounts}");
	return $campaign;
}

=item queue_messages($session, $campaign, $rows)

Enrolls so many more of the prospects, and waits until their messages are in the queue; returns the id of the
first one.

=cut

sub queue_messages
{
	my ($session, $campaign, $rows) = @_;
	$session->run("SELECT count(*) FROM campaign.enroll($campaign, ARRAY(SELECT p.id FROM campaign.prospect p"
		. ' WHERE NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.prospect_id = p.id)'
		. " ORDER BY p.id LIMIT $rows))");
	wait_for(60, sub { $session->value("SELECT count(*) FROM campaign.action WHERE state = 'queued'") == $rows });
	# what autovacuum would have done: not the empty queue of what was reported
	$session->run('ANALYZE campaign.prospect, campaign.person, campaign.relation, campaign.enrollment, campaign.action');
	$session->run('CHECKPOINT');
	return $session->value("SELECT min(id) FROM campaign.action WHERE state = 'queued'");
}

=item dispatchers($session, $n)

=cut

sub dispatchers
{
	my ($session, $n) = @_;
	$session->run("ALTER SYSTEM SET campaign.dispatchers = $n");
	$session->run('SELECT pg_reload_conf()');
	return;
}

=item let_leave($session, $n, $first, $rows)

Has so many dispatchers deliver so many actions from the first one on, and ends them when what came of all is
taken in; returns their processor time for each. A scheduler that stands still goes on when all have left.

=cut

sub let_leave
{
	my ($session, $n, $first, $rows) = @_;
	dispatchers($session, $n);
	# They count each action when it starts and when what came of it is recorded. That costs less to ask
	# than what it is about, but may still be the count of those before.
	wait_for(120, sub {
		($session->value(q(SELECT sum(steps) FROM campaign.worker_status WHERE kind = 'dispatcher')) || 0) >= 2 * $rows
			&& $session->value("SELECT count(*) FROM campaign.action WHERE state = 'complete' AND id >= $first") == $rows;
	});
	my $cpu = worker_cpu($session, 'dispatcher') / $rows;
	continue_scheduler();
	dispatchers($session, 0);
	wait_for(60, sub { $session->value('SELECT count(*) FROM campaign.inbox') == 0 && !worker_pid($session, 'dispatcher') });
	return $cpu;
}

=item leave_rate($session, $first)

How many actions a second were delivered of those from the first one on, without the first and the last quarter:
processes have just begun, and not all places are taken.

=cut

sub leave_rate
{
	my ($session, $first) = @_;
	return $session->value(<<"SQL");
SELECT count(*) FILTER (WHERE executed_at BETWEEN begun AND ended) / extract(epoch FROM max(ended) - max(begun))
FROM campaign.action, (SELECT percentile_disc(0.25) WITHIN GROUP (ORDER BY executed_at) AS begun,
	percentile_disc(0.75) WITHIN GROUP (ORDER BY executed_at) AS ended FROM campaign.action WHERE id >= $first) q
WHERE id >= $first
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

=item worker_cpu($session, $kind)

Processor time so far of all workers of this kind.

=cut

sub worker_cpu
{
	my ($session, $kind) = @_;
	return cpu_seconds(split ' ', $session->value(
		"SELECT COALESCE(string_agg(pid::text, ' '), '0') FROM campaign.worker_status WHERE kind = '$kind'"));
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

=item within($what, $ms, $most)

Prints a time beside the most that it may be; false if it is further over it than times vary.

=back

=cut

sub within
{
	my ($what, $ms, $most) = @_;
	printf "%s %.1f ms, target %.0f: %s\n", $what, $ms, $most,
		$ms <= $most ? 'reached' : $ms <= $most * (1 + $MARGIN) ? 'within the margin' : 'MISSED';
	return $ms <= $most * (1 + $MARGIN);
}

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
