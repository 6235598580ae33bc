// Submits a job to Hodei over NATS, shows its log, and ends as it ended: go run . echo hi
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats.go"
)

type jobStatus struct {
	JobID    string `json:"job_id"`
	State    string `json:"state"`
	Provider string `json:"provider"`
	ExitCode int    `json:"exit_code"`
	Message  string `json:"message"`
	Problems []struct {
		Path    string `json:"path"`
		Message string `json:"message"`
	} `json:"problems"`
}

type jobLog struct {
	Attempt int    `json:"attempt"`
	Stream  string `json:"stream"`
	Offset  int64  `json:"offset"`
	Bytes   int64  `json:"bytes"`
	Text    string `json:"text"`
}

var finalStates = map[string]bool{"SUCCEEDED": true, "FAILED": true, "TIMED_OUT": true, "CANCELLED": true, "REJECTED": true}

func main() {
	jobID := or(os.Getenv("JOB_ID"), newID())
	connection, err := nats.Connect(or(os.Getenv("HODEI_NATS_URL"), nats.DefaultURL))
	check(err)

	// Listen first, so that nothing is missed. One channel for both keeps the order in which they come.
	heard := make(chan *nats.Msg, 1024)
	_, err = connection.ChanSubscribe("job.status.*", heard)
	check(err)
	_, err = connection.ChanSubscribe("job.log."+jobID, heard)
	check(err)

	submit(connection, jobID, os.Args[1:])
	status := follow(heard, jobID)
	connection.Close()

	for _, problem := range status.Problems {
		fmt.Fprintf(os.Stderr, "%s: %s\n", problem.Path, problem.Message)
	}
	if status.Message != "" {
		fmt.Fprintln(os.Stderr, status.Message)
	}
	if status.State != "SUCCEEDED" && status.ExitCode == 0 {
		os.Exit(1)
	}
	os.Exit(status.ExitCode)
}

// The job has an id, and the message the same: to publish it again is the same job.
func submit(connection *nats.Conn, jobID string, command []string) {
	body, err := json.Marshal(map[string]any{"job_id": jobID, "command": command})
	check(err)
	message := &nats.Msg{Subject: "job.submitted", Data: body, Header: nats.Header{"Nats-Msg-Id": {jobID}}}
	if traceparent := os.Getenv("TRACEPARENT"); traceparent != "" {
		message.Header["traceparent"] = []string{traceparent}
	}
	stream, err := connection.JetStream()
	check(err)
	_, err = stream.PublishMsg(message)
	check(err)
}

// Shows what the job writes, until it has ended.
func follow(heard <-chan *nats.Msg, jobID string) jobStatus {
	reached := map[string]int64{}
	for message := range heard {
		if message.Subject == "job.log."+jobID {
			show(message.Data, reached)
			continue
		}
		var status jobStatus
		check(json.Unmarshal(message.Data, &status))
		if status.JobID != jobID {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s is %s %s\n", jobID, status.State, status.Provider)
		if finalStates[status.State] {
			return status
		}
	}
	panic("the channel is never closed")
}

func show(data []byte, reached map[string]int64) {
	var piece jobLog
	check(json.Unmarshal(data, &piece))
	place, end := fmt.Sprint(piece.Attempt, piece.Stream), piece.Offset+piece.Bytes
	// The same bytes may come twice.
	if end <= reached[place] {
		return
	}
	reached[place] = end
	out := os.Stderr
	if piece.Stream == "stdout" {
		out = os.Stdout
	}
	fmt.Fprint(out, piece.Text)
}

func newID() string {
	random := make([]byte, 4)
	_, err := rand.Read(random)
	check(err)
	return fmt.Sprintf("example-%x", random)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
